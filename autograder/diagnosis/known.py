"""The answers of all sample answers: what a student's answers are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from autograder.course.samples import SampleAnswer
from autograder.diagnosis.answers import Answer, agree
from autograder.diagnosis.asking import FunctionProbes, Group, ask, probes_of

SECONDS = 30.0
"""For the sample answers, which are ours: none of them is cut off."""
Names = Mapping[str, Any]
Signature = tuple[Answer, ...]


class Misread(msgspec.Struct, frozen=True, kw_only=True):
    """A function of a wrong sample answer that answers otherwise than every right one."""

    sample: str
    sentence: str
    """What a student with this misconception reads."""
    fails: frozenset[str]
    """The tests that the sample answer fails."""
    answers: Signature


class KnownFunction(msgspec.Struct, frozen=True, kw_only=True):
    """One function: its probes, and how right and wrong sample answers answer them."""

    probes: FunctionProbes
    right: tuple[Signature, ...]
    """Each way of being right once."""
    values: tuple[Misread, ...]
    """Wrong in what is asked within range."""
    refusals: tuple[Misread, ...]
    """Wrong in what is asked out of range."""

    def places(self, refusals: bool) -> tuple[int, ...]:
        """Positions of the probes within range, or of those out of range."""
        return tuple(
            at
            for at, probe in enumerate(self.probes.probes)
            if (probe.group is Group.REFUSALS) == refusals
        )

    def is_right(self, answers: Signature, refusals: bool) -> bool:
        """Whether the answers, as many as there are, are those of some right sample answer."""
        return any(self.alike(answers, right[: len(answers)], refusals) for right in self.right)

    def right_at(self, at: int, answer: Answer) -> bool:
        """Whether some right sample answer answers this probe so."""
        return any(
            agree(answer, right[at], self.probes.tolerance, self.probes.floor)
            for right in self.right
        )

    def alike(self, one: Signature, other: Signature, refusals: bool) -> bool:
        """Whether two signatures agree within range, or out of range."""
        return len(one) == len(other) and self.alike_at(self.places(refusals), one, other)

    def alike_at(self, places: Iterable[int], one: Signature, other: Signature) -> bool:
        """Whether two signatures of one length agree in some of the probes."""
        return all(
            agree(one[at], other[at], self.probes.tolerance, self.probes.floor)
            for at in places
            if at < len(one)
        )


Known = dict[str, tuple[KnownFunction, ...]]
"""Exercise to its functions."""


def encode_known(known: Known) -> bytes:
    """As a grading package carries it: the same bytes for the same answers."""
    return msgspec.msgpack.encode(known, order="deterministic")


def decode_known(content: bytes) -> Known:
    """The other way; a package without any brings no diagnosis."""
    return msgspec.msgpack.decode(content, type=Known) if content else {}


def answers_of(exercise: str, names: Names) -> dict[str, Signature]:
    """Put every probe of an exercise to trusted code."""
    return {
        function.name: ask(exercise, function, names, SECONDS) for function in probes_of(exercise)
    }


def known_functions(
    exercise: str,
    samples: Iterable[SampleAnswer],
    names_of: Callable[[SampleAnswer], Names],
    solution: Names,
) -> tuple[KnownFunction, ...]:
    """Ask the solution and all sample answers of an exercise.

    Args:
        exercise: the exercise.
        samples: its right and wrong sample answers.
        names_of: runs a sample answer and returns what it defines.
        solution: what the solution defines.
    """
    right, wrong = [answers_of(exercise, solution)], []
    for sample in samples:
        answers = answers_of(exercise, names_of(sample))
        if sample.kind == "correct":
            right.append(answers)
        else:
            wrong.append((sample, answers))
    functions = [_known(function, right, wrong) for function in probes_of(exercise)]
    return tuple(_without_inherited(function, functions) for function in functions)


def _without_inherited(
    function: KnownFunction, functions: Iterable[KnownFunction]
) -> KnownFunction:
    """Drop what a function answers wrongly only because one that it calls is wrong.

    It is judged where those below are right, and then no such sample answer is like it.
    """
    below = {
        misread.sample
        for other in functions
        if other.probes.name in function.probes.needs
        for misread in other.values
    }
    values, refusals = (
        tuple(one for one in misread if one.sample not in below)
        for misread in (function.values, function.refusals)
    )
    return msgspec.structs.replace(function, values=values, refusals=refusals)


def _known(
    probes: FunctionProbes,
    right: list[dict[str, Signature]],
    wrong: list[tuple[SampleAnswer, dict[str, Signature]]],
) -> KnownFunction:
    found = KnownFunction(probes=probes, right=(), values=(), refusals=())
    ways: list[Signature] = []
    for answers in right:
        signature = answers[probes.name]
        if not any(
            found.alike(signature, way, False) and found.alike(signature, way, True) for way in ways
        ):
            ways.append(signature)
    found = msgspec.structs.replace(found, right=tuple(ways))
    misread = [
        Misread(
            sample=sample.name,
            sentence=sample.feedback,
            fails=sample.fails,
            answers=answers[probes.name],
        )
        for sample, answers in wrong
    ]
    return msgspec.structs.replace(
        found,
        values=tuple(one for one in misread if not found.is_right(one.answers, False)),
        refusals=tuple(one for one in misread if not found.is_right(one.answers, True)),
    )
