"""The probes, put to a student's functions after the tests: for a diagnosis, never for points."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from autograder.diagnosis.answers import Answer, Kind, agree, unfinished
from autograder.diagnosis.asking import FunctionProbes, ask
from autograder.diagnosis.known import Signature

from .deadline import JudgingTooLong, deadline, silence
from .proxies import StudentNames
from .session import ChildDied, Session

CALL_SECONDS = 2.0
"""For one probe; probes are tiny."""
MOST_DEATHS = 2
"""Children that the probes of one exercise may use up."""


class Asked(msgspec.Struct):
    """What came of asking."""

    answers: dict[str, Signature] = {}
    undiagnosed: str = ""
    """Why some function was not asked, in a sentence."""


class OutOfTries(Exception):
    """No child is left to ask; the message is a sentence."""


def ask_functions(
    ready: Callable[[], Session],
    exercise: str,
    functions: Sequence[FunctionProbes],
    seconds: float,
) -> Asked:
    """Put every function's probes to the student's child.

    Args:
        ready: returns a live child that has run the cells.
        exercise: the exercise.
        functions: what to ask.
        seconds: time for all of it.

    Returns:
        The answers of the functions that are there. A function that answers one question in two
        ways is left out.

    Raises:
        OutOfTries, or whatever ``ready`` raises: the student's code left nothing to ask.
    """
    asked = Asked()
    deaths = 0
    for function in functions:
        session = ready()
        session.begin()
        names = StudentNames(session)
        with deadline(seconds):
            present = names.get(function.name) is not None
        if present:
            _ask_one(asked, exercise, function, names, seconds / len(functions))
            deaths += session.death is not None
        if deaths >= MOST_DEATHS:
            raise OutOfTries("The process ended too often for a diagnosis.")
    return asked


def _ask_one(
    asked: Asked, exercise: str, function: FunctionProbes, names: StudentNames, seconds: float
) -> None:
    """Ask one function everything, then its first question again: some answers are random."""
    answers = ask(exercise, function, names, seconds, _guarded)
    again = ask(exercise, _first_probe(function), names, CALL_SECONDS, _guarded)
    if answers and again and not _repeats(function, answers[0], again[0]):
        twice = "answered one question in two ways, so there is no diagnosis of it."
        asked.undiagnosed = f"{function.name} {twice}"
    else:
        asked.answers[function.name] = answers


def _first_probe(function: FunctionProbes) -> FunctionProbes:
    return msgspec.structs.replace(function, probes=function.probes[:1])


def _repeats(function: FunctionProbes, one: Answer, other: Answer) -> bool:
    over = Kind.UNFINISHED in (one.kind, other.kind)
    return over or agree(one, other, function.tolerance, function.floor)


def _guarded(action: Callable[[], Answer]) -> Answer:
    try:
        with deadline(CALL_SECONDS):
            return action()
    except JudgingTooLong:
        silence()
        return unfinished(f"did not finish within {CALL_SECONDS:g} s")
    except ChildDied:
        return unfinished("ended the process")
