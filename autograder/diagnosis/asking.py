"""Put probes to a student's function, or to a sample answer's."""

from __future__ import annotations

import copy
import importlib
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec

from autograder.diagnosis.answers import Answer, Kind, of_error, of_value, unfit
from reference.probes import Made

PROBE = "<probe>"
"""The name of a probe's code where it is run."""


class Group(StrEnum):
    """Why a probe is asked."""

    TEXT = "text"
    VALUES = "values"
    REFUSALS = "refusals"


class Probe(msgspec.Struct, frozen=True):
    """One question to one function."""

    call: str
    """The expression, as a person would type it."""
    group: Group


class FunctionProbes(msgspec.Struct, frozen=True, kw_only=True):
    """All questions to one function."""

    name: str
    probes: tuple[Probe, ...]
    needs: tuple[str, ...]
    tolerance: float
    floor: float


@cache
def probes_of(exercise: str) -> tuple[FunctionProbes, ...]:
    """Return the probes of an exercise's functions; none where it has no module of probes."""
    try:
        module = importlib.import_module(f"reference.probes.{exercise}")
    except ModuleNotFoundError:
        return ()
    return tuple(
        FunctionProbes(
            name=name,
            probes=tuple(
                Probe(call, group)
                for group, calls in zip(
                    Group, (asked.text, asked.values, asked.refusals), strict=True
                )
                for call in calls
            ),
            needs=asked.needs,
            tolerance=asked.tolerance,
            floor=asked.floor,
        )
        for name, asked in module.FUNCTIONS.items()
    )


@cache
def _compiled(call: str) -> CodeType:
    return compile(call, PROBE, "eval")


def ask(
    exercise: str,
    function: FunctionProbes,
    names: Mapping[str, Any],
    seconds: float,
    guard: Callable[[Callable[[], Answer]], Answer] = lambda action: action(),
) -> tuple[Answer, ...]:
    """Put a function's probes to it, in order, until time is up.

    Args:
        exercise: the exercise, whose module of probes lends its names.
        function: what to ask.
        names: the student's names, plain or as proxies.
        seconds: time for all probes; those left when it is up are not asked.
        guard: runs one question; turns the death of a process into an answer.

    Returns:
        The answers, as many as were asked.
    """
    return tuple(_asked(exercise, function, names, seconds, guard))


def _asked(
    exercise: str,
    function: FunctionProbes,
    names: Mapping[str, Any],
    seconds: float,
    guard: Callable[[Callable[[], Answer]], Answer],
) -> Iterator[Answer]:
    lent = vars(importlib.import_module(f"reference.probes.{exercise}"))
    scope = {**lent, **{name: names.get(name) for name in (function.name, *function.needs)}}
    end = time.monotonic() + seconds
    for probe in function.probes:
        if time.monotonic() >= end:
            return
        answer = guard(lambda probe=probe: _answer(probe, scope, names))  # type: ignore[misc]
        yield answer
        if answer.kind is Kind.UNFINISHED:
            return


def _inputs_anew(
    call: str, scope: Mapping[str, Any], names: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """The module's constants in a call, made anew: the function may change what it is given.

    The expression itself makes all other inputs.
    """
    for name in _compiled(call).co_names:
        if name.isupper():
            constant = scope[name]
            made = constant.of(names) if isinstance(constant, Made) else copy.deepcopy(constant)
            yield name, made


def _answer(probe: Probe, scope: dict[str, Any], names: Mapping[str, Any]) -> Answer:
    try:
        inputs = dict(_inputs_anew(probe.call, scope, names))
        return of_value(eval(_compiled(probe.call), {**scope, **inputs}))
    except Exception as error:
        return unfit(error) if _is_of_the_probe(error) else of_error(error)


def _is_of_the_probe(error: Exception) -> bool:
    """Whether the probe itself stumbled over what came back: a list that has no shape, say."""
    innermost = traceback.extract_tb(error.__traceback__)[-1].filename
    return innermost == PROBE or innermost.startswith(_helpers())


@cache
def _helpers() -> str:
    """The folder of the code that probes call around the student's function."""
    return str(Path(str(importlib.import_module("reference").__file__)).parent)
