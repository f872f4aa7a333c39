"""One way of running an exercise: some cells in a fresh child, then its tests."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from autograder.cells import Section, SectionCell
from autograder.cells.sections import OURS
from autograder.diagnosis.asking import FunctionProbes
from autograder.errors import EngineError
from autograder.model import Event, EventKind, TestOutcome

from . import sentences
from .client import Child
from .deadline import JudgingTooLong, deadline, silence
from .judging import Case
from .limits import Limits
from .protocol import Ask, Wire
from .proxies import StudentNames, StudentObject
from .questions import Asked, OutOfTries, ask_functions
from .session import ChildDied, Session

Texts = tuple[tuple[str, ...], ...]
"""Released cells in groups (set-up, given)."""
CellKey = tuple[int, str]
"""Number and source of a cell."""
PREDICTION_SECONDS = 10.0
_NOT_RUN = "the tests not yet run count as failed."
logger = logging.getLogger("autograder.sandbox")


class OutOfTime(Exception):
    """A budget is used up."""


class Clock:
    """Time that is left of a budget."""

    def __init__(self, seconds: float, outer: Clock | None = None) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._outer = outer

    def left(self) -> float:
        """Seconds left, of the outer budget too."""
        own = self._end - time.monotonic()
        return own if self._outer is None else min(own, self._outer.left())


class Children(Protocol):
    """Where children come from."""

    def start_child(self, released: Texts) -> tuple[Child, int]:
        """Return a child, and how many of the groups it has already run."""

    def order_child(self, released: Texts) -> None:
        """Have a child made ready that will be asked for next."""


class Shared:
    """What all attempts at one notebook have in common."""

    def __init__(self, children: Children, limits: Limits) -> None:
        self._children = children
        self.limits = limits
        self.following: Sequence[SectionCell] = ()
        """Cells of the exercise whose child is made ready while the present one's is asked."""
        self.fatal: set[CellKey] = set()
        """Cells that killed a child or never ended: not run again for this notebook."""
        self.hidden_begun = False
        """A hidden test has run: what is said from now on may tell of it."""

    def start_child(self, groups: Sequence[Sequence[SectionCell]]) -> tuple[Child, int]:
        """Start a child, and have the following exercise's made ready."""
        started = self._children.start_child(_texts(groups))
        following, self.following = self.following, ()
        if following:
            self._children.order_child(_texts(_released_groups(following)))
        return started


def _released_groups(cells: Sequence[SectionCell]) -> list[Sequence[SectionCell]]:
    """The unchanged cells at the top: set-up cells, then given cells."""
    groups: list[Sequence[SectionCell]] = []
    rest = cells
    for role in OURS:
        count = 0
        while count < len(rest) and rest[count].role is role and rest[count].unchanged:
            count += 1
        if count:
            groups.append(rest[:count])
        rest = rest[count:]
        if rest and rest[0].role is role:
            break
    return groups


def _texts(groups: Sequence[Sequence[SectionCell]]) -> Texts:
    # Stripped as when they were compared: spaces around them make no template of their own.
    return tuple(tuple(cell.source.strip() for cell in group) for group in groups)


def _run_in_child(session: Session, source: str, seconds: float) -> Wire:
    """Return what a cell raised as [class names, message], or None.

    A child whose own loop was patched answers with an exception instead; that counts as the cell's.
    """
    try:
        return session.ask(Ask.CELL, source, seconds=seconds)
    except Exception as error:
        return [[type(error).__name__], str(error)]


def cell_key(cell: SectionCell) -> CellKey:
    """What tells a cell from the others of its notebook."""
    return (cell.number, cell.source)


class Attempt:
    """One way of running an exercise: some cells, then its tests.

    Attributes:
        needs_context: a cell of the exercise failed, or a name was missing.
        asked: the names that tests looked up.
        prediction: what the student predicted, as text.
        said: what the functions answered to the probes.
    """

    def __init__(
        self, shared: Shared, part: Section, cells: Sequence[SectionCell], clock: Clock
    ) -> None:
        self._shared = shared
        self._limits = shared.limits
        self._exercise = part.exercise
        self._prediction_name = f"prediction_{part.exercise}"
        self._own = {cell_key(cell) for cell in part.cells}
        self._cells = list(cells[: shared.limits.cells])
        self._clock = clock
        self._starts = 0
        self._session: Session | None = None
        self._events: dict[str, Event] = {}
        self._test: str | None = None
        self._names: tuple[str, ...] = ()
        self.needs_context = False
        self.asked: set[str] = set()
        self.prediction: str | None = None
        self.said = Asked()
        if len(cells) > len(self._cells):
            sentence = f"Only the first {shared.limits.cells} cells were run."
            self._note(Event(kind=EventKind.REFUSED, sentence=sentence))

    @property
    def events(self) -> list[Event]:
        """What went wrong, each thing once, in order."""
        return list(self._events.values())

    def judge(self, cases: Sequence[Case]) -> list[TestOutcome]:
        """Run the cells and the tests. A child is left for questions, until ``close``."""
        asked_for = {name for case in cases for name in case.arguments}
        self._names = tuple(sorted(asked_for | {self._prediction_name}))
        self._guard(self._read_prediction)
        return [self._judge(case) for case in cases]

    def ask(self, functions: Sequence[FunctionProbes]) -> None:
        """Put the probes, to a new child if this attempt is closed.

        Whatever the student's code does then, points and events stay.
        """
        seconds = min(self._limits.probe_seconds, self._clock.left())
        events = dict(self._events)
        try:
            if seconds <= 0:
                raise OutOfTime("No time was left for a diagnosis.")
            self.said = ask_functions(self._ready, self._exercise, functions, seconds)
        except (OutOfTime, OutOfTries) as error:
            self.said.undiagnosed = str(error)
        except (ChildDied, JudgingTooLong):
            silence()
            self.said.undiagnosed = "The process ended before a diagnosis could be made."
        self._events = events

    def close(self) -> None:
        """End the child, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.close()
            except EngineError:
                # The server is gone, and its children with it; the next start makes a new one.
                return

    def _judge(self, case: Case) -> TestOutcome:
        outcome: list[TestOutcome] = []
        self._test = case.name
        self._shared.hidden_begun |= case.hidden
        sentence = self._guard(lambda: outcome.append(self._run_case(case)))
        return outcome[0] if outcome else case.failed(sentence, sentence)

    def _guard(self, action: Callable[[], None]) -> str:
        """Do something with a child; turn deaths and budgets into an event and its sentence."""
        subject = f"A call during {self._test}" if self._test else "The prediction"
        try:
            action()
            return ""
        except ChildDied as error:
            return self._note(sentences.death(error, subject, self._exercise))
        except JudgingTooLong:
            silence()
            self.close()
            seconds = min(self._limits.judge_seconds, self._clock.seconds)
            late = f"did not finish within {seconds:.3g} s and counts as failed."
            sentence = f"{self._test or subject} {late}"
            return self._note(
                Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise=self._exercise)
            )
        except OutOfTime as error:
            return self._note(
                Event(kind=EventKind.TIMEOUT, sentence=str(error), exercise=self._exercise)
            )

    def _run_case(self, case: Case) -> TestOutcome:
        session = self._ready()
        session.begin()
        names = StudentNames(session)
        try:
            seconds = min(self._limits.judge_seconds, max(self._clock.left(), 0.0))
            return case.judge(names, seconds)
        finally:
            self.asked |= names.asked
            subject = f"A call during {case.name}"
            self._collect(session, subject, None)
            for kind in sorted(session.remarks):
                self._note(sentences.remark(kind, subject, self._exercise, self._limits))
            session.remarks.clear()
            self.needs_context |= session.name_error

    def _read_prediction(self) -> None:
        names = StudentNames(self._ready())
        # The child may answer with an exception of any type; it then has no prediction.
        with deadline(PREDICTION_SECONDS), contextlib.suppress(Exception):
            self._keep_prediction(names.get(self._prediction_name))

    def _keep_prediction(self, value: object) -> None:
        if value is not None and value is not ... and type(value) is not StudentObject:
            self.prediction = sentences.one_line(repr(value))

    def _ready(self) -> Session:
        """Return a live child that has run the cells, starting one where needed.

        Raises:
            OutOfTime: the budget, or the number of fresh starts, is used up.
        """
        while self._session is None or self._session.death is not None:
            self.close()
            if self._clock.left() <= 0:
                raise OutOfTime(f"The time budget is used up; {_NOT_RUN}")
            if self._starts >= self._limits.fresh_starts:
                raise OutOfTime(f"The process ended {self._starts} times; {_NOT_RUN}")
            self._starts += 1
            session, cells = self._fork()
            self._session = session
            self._run_cells(session, cells)
        if self._clock.left() <= 0:
            raise OutOfTime(f"The time budget is used up; {_NOT_RUN}")
        return self._session

    def _fork(self) -> tuple[Session, list[SectionCell]]:
        groups = _released_groups(self._cells)
        child, done = self._shared.start_child(groups)
        skipped = sum(len(group) for group in groups[:done])
        logger.info("%s: child %d started, %d cells done", self._exercise, child.pid, skipped)
        session = Session(child, self._limits, self._clock.left, self._names)
        return session, self._cells[skipped:]

    def _run_cells(self, session: Session, cells: list[SectionCell]) -> None:
        """Run cells until one ends the child; that one is remembered and never run again."""
        for cell in cells:
            if cell_key(cell) in self._shared.fatal:
                continue
            subject = sentences.where(cell)
            try:
                self._run_cell(session, cell, subject)
            except ChildDied as error:
                self._shared.fatal.add(cell_key(cell))
                self._note(
                    sentences.death(error, subject, self._exercise, cell.number or None), cell
                )
                return

    def _run_cell(self, session: Session, cell: SectionCell, subject: str) -> None:
        seconds = max(min(self._limits.cell_seconds, self._clock.left()), 0.01)
        answer = _run_in_child(session, cell.source, seconds)
        if answer is not None:
            names, text = session.error_fields(answer)
            self.needs_context |= cell_key(cell) in self._own and "SystemExit" not in names
            self._note(sentences.cell_error(cell, self._exercise, names, text, self._limits), cell)
        self._collect(session, subject, cell)

    def _collect(self, session: Session, subject: str, cell: SectionCell | None) -> None:
        for kind in sorted(session.notes):
            number = (cell.number or None) if cell else None
            self._note(sentences.note(kind, subject, self._exercise, number, self._limits), cell)
        session.notes.clear()

    def _note(self, event: Event, cell: SectionCell | None = None) -> str:
        """Keep an event, unless it is about another section's cell."""
        if cell is None or cell_key(cell) in self._own:
            # What a cell does is about that cell, also where a test made it run again.
            test = self._test if cell is None else None
            late = self._shared.hidden_begun
            kept = msgspec.structs.replace(event, test=test, after_hidden=late)
            self._events.setdefault(event.sentence, kept)
        return event.sentence
