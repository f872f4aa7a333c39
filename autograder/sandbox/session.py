"""A conversation with one child: questions, answers, and what the child's end means."""

from __future__ import annotations

import builtins
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence

import torch

from autograder.errors import EngineError

from . import protocol
from .client import Child
from .limits import Limits
from .protocol import Answer, Ask, Question, Verdict, Wire
from .shell import NOTES

_TEXT_CAP = 4000
_ALLOCATION = ("can't allocate memory", "not enough memory", "bad_alloc")
logger = logging.getLogger("autograder.sandbox")


class ChildDied(BaseException):
    """The student's process is gone. Not an Exception: no test can swallow it."""

    sentence = "the process ended"


class ChildCrashed(ChildDied):
    """It ended by itself."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class ChildTimedOut(ChildDied):
    """It did not answer in time and was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class ChildViolation(ChildDied):
    """It sent what is no answer (a protocol violation), and was ended."""


class Session:
    """Asks one child; holds everything on our side that stands for its objects.

    Args:
        child: the child.
        limits: what it may use.
        left: returns the seconds left of the exercise's time.
        names: what the tests will look up; asked for in one question at the first look-up.
    """

    def __init__(
        self,
        child: Child,
        limits: Limits,
        left: Callable[[], float],
        names: Sequence[str] = (),
    ) -> None:
        self._child = child
        self._wanted = names
        self._names: dict[str, Wire] = {}
        self._since = time.monotonic()
        self.limits = limits
        self._left = left
        self.remarks: set[str] = set()
        self._received = 0
        self.death: ChildDied | None = None
        self.notes: set[str] = set()
        self.name_error = False
        self.forget: list[int] = []
        self.asked = self.heard = 0
        """Questions and answers so far; what the child said is known to hold until the next one."""
        self._seed: bytes | None = None

    def ask(self, action: Ask, *fields: Wire, seconds: float | None = None) -> Wire:
        """Ask and return the answer, still in wire form.

        Raises:
            ChildDied: no answer, or not a proper one.
            Exception: what the student's code raised, as the builtin exception of that name.
        """
        (nonce,) = self.send(action, [fields], seconds)
        return self.hear(nonce, seconds, soon=action is not Ask.CELL)

    def send(
        self, action: Ask, questions: Sequence[Sequence[Wire]], seconds: float | None = None
    ) -> list[int]:
        """Ask questions, and return for each what ``hear`` is to be told, in the same order.

        Raises:
            ChildDied: the child does not listen.
        """
        if self.death is not None:
            raise self.death
        forget, self.forget = self.forget, []
        nonces = [secrets.randbits(62) for _ in questions]
        frames = [
            Question(nonce, action, [] if place else forget, list(fields))
            for place, (nonce, fields) in enumerate(zip(nonces, questions, strict=True))
        ]
        allowed = self._allowed(seconds)
        with self._dying(allowed):
            self._child.channel.send(*frames, seconds=allowed)
        self.asked += len(questions)
        return nonces

    def hear(self, nonce: int, seconds: float | None = None, *, soon: bool = True) -> Wire:
        """Return the next answer; it has as much time from now on as one question has."""
        if self.death is not None:
            raise self.death
        allowed = self._allowed(seconds)
        with self._dying(allowed):
            answer = self._check(self._child.channel.receive(allowed, soon=soon), nonce)
        self.heard += 1
        if answer.verdict is Verdict.RAISED:
            raise self.student_error(answer.value)
        return answer.value

    def _allowed(self, seconds: float | None) -> float:
        return (
            max(min(self.limits.call_seconds, self._left()), 0.01) if seconds is None else seconds
        )

    @contextlib.contextmanager
    def _dying(self, allowed: float) -> Iterator[None]:
        """What the end of the conversation means."""
        try:
            yield
        except protocol.DeadlinePassed:
            raise self._die(ChildTimedOut(allowed)) from None
        except protocol.ConnectionLost:
            raise self._die(None) from None
        except protocol.ProtocolError as error:
            raise self._die(ChildViolation(str(error))) from None
        except protocol.TooLarge as error:
            raise ValueError(f"the test passes {error}") from None

    def look_up(self, name: str) -> Wire:
        """Return what a top-level name stands for now, in a list of one; an empty list: nothing.

        What cannot change without the name being bound anew is asked for once: every answer says
        whether one was.
        """
        if name in self._wanted:
            self._learn()
        if self.death is not None:
            raise self.death
        found = self._names.get(name)
        return self.ask(Ask.GET, name) if found is None else found

    def _learn(self) -> None:
        wanted, self._wanted = self._wanted, ()
        try:
            answer = self.ask(Ask.NAMES, list(wanted))
        except Exception:
            return  # A child that was patched; the name itself is asked for next.
        if type(answer) is not list or len(answer) != len(wanted):
            raise self.violation("malformed names")
        pairs = zip(wanted, answer, strict=True)
        self._names = {name: found for name, found in pairs if found is not None}

    def begin(self) -> None:
        """Start of a test: its answers are counted from here, both random states are equal."""
        self._received = self._child.channel.received_bytes
        # Not torch.manual_seed, which takes 2 ms to remember the seed for processors not there.
        torch.default_generator.manual_seed(0)
        self._seed = None

    def _check(self, wire: Wire, nonce: int) -> Answer:
        """Accept only an answer to this very question, and not endless data."""
        if self._child.channel.received_bytes - self._received > self.limits.answer_bytes:
            raise protocol.ProtocolError("too much data for one test")
        answer = protocol.read(wire, Answer)
        if answer.nonce != nonce:
            raise protocol.ProtocolError("an answer to another question")
        self.notes.update(note for note in NOTES if note in answer.notes)
        if answer.rebound:
            self._names.clear()
        return answer

    def drop(self, number: int) -> None:
        """Tell the child, with the next question, that a graph is not needed any more."""
        self.forget.append(number)

    def violation(self, reason: str) -> ChildDied:
        """End the child for an answer that cannot be; returns what to raise."""
        return self._die(ChildViolation(reason))

    def _die(self, death: ChildDied | None) -> ChildDied:
        try:
            status = self._child.end(wait_for_it=death is None)
        except EngineError:
            status = None
        self.death = death or ChildCrashed(status)
        return self.death

    def close(self) -> None:
        """End the child."""
        self._child.end()
        ended = "was ended" if self.death is None else f"died ({self.death})"
        seconds = time.monotonic() - self._since
        logger.info("child %d %s after %.2f s", self._child.pid, ended, seconds)
        if self.death is None:
            self.death = ChildViolation("the conversation is over")

    def student_error(self, wire: Wire) -> Exception:
        """Map [class names, message] to the first builtin exception among the names."""
        names, text = self.error_fields(wire)
        self.name_error |= "NameError" in names
        if ran_out_of_memory(names, text):
            self.remarks.add("memory")
        if "SystemExit" in names:
            self.remarks.add("exit")
        for name in names:
            kind = getattr(builtins, name, None)
            if kind in (StopIteration, StopAsyncIteration):
                # They would end a loop of the test without a word.
                break
            if isinstance(kind, type) and issubclass(kind, Exception):
                try:
                    return kind(text)
                except TypeError:
                    continue
        return RuntimeError(f"{names[0]}: {text}" if text else names[0])

    def error_fields(self, wire: Wire) -> tuple[list[str], str]:
        """Check and return the names and the message of an exception."""
        if type(wire) is not list or len(wire) != 2 or type(wire[0]) is not list or not wire[0]:
            raise self.violation("a malformed exception")
        names, text = wire
        if type(text) is not str or any(type(name) is not str for name in names):
            raise self.violation("a malformed exception")
        return [name[:80] for name in names[:20]], text[:_TEXT_CAP]

    def seed_to_send(self) -> bytes | None:
        """Our torch random state, if it changed since the child last heard of it.

        One way only: a child that could set our state would choose the hidden inputs.
        """
        state = torch.get_rng_state().numpy().tobytes()
        if state == self._seed:
            return None
        self._seed = state
        return state


def ran_out_of_memory(names: list[str], text: str) -> bool:
    """Whether an exception, of a cell or of a call, says that memory ran out."""
    return "MemoryError" in names or any(phrase in text for phrase in _ALLOCATION)
