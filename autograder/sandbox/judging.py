"""Otter's test files, run on the trusted side one test case at a time."""

from __future__ import annotations

import contextlib
import inspect
import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from autograder.model import TestOutcome
from autograder.text import printable, readable_message

from .deadline import deadline
from .lean import only_test_files

MESSAGE_CAP = 2_000
DETAIL_CAP = 4_000


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One test case of an otter test file."""

    name: str
    points: float
    hidden: bool
    failure_message: str
    call: Callable[[Mapping[str, Any]], None]
    arguments: frozenset[str] = frozenset()
    """The student's names that the test asks for."""

    def passed(self) -> TestOutcome:
        """The outcome of a passed test."""
        return TestOutcome(
            name=self.name, points=self.points, max_points=self.points, hidden=self.hidden
        )

    def failed(self, message: str, detail: str) -> TestOutcome:
        """The outcome of a failed test; a hidden one tells the student its idea only."""
        shown = self.failure_message if self.hidden else message
        message = readable_message(printable(shown[:DETAIL_CAP], also="\n\t"))[:MESSAGE_CAP]
        detail = printable(detail[:DETAIL_CAP], also="\n\t")
        return TestOutcome(
            name=self.name,
            points=0.0,
            max_points=self.points,
            hidden=self.hidden,
            message=message,
            detail=detail,
        )

    def judge(self, names: Mapping[str, Any], seconds: float | None = None) -> TestOutcome:
        """Run the test against a student's names, for so many seconds at most; None: no limit.

        Raises:
            ChildDied, JudgingTooLong: BaseExceptions that the caller turns into events.
        """
        try:
            limit = contextlib.nullcontext() if seconds is None else deadline(seconds)
            with limit, _quiet():
                self.call(names)
        except AssertionError as error:
            return self.failed(str(error) or "The test failed.", _describe(error))
        except Exception as error:
            return self.failed(_describe(error), _describe(error))
        return self.passed()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what a test prints, and warnings about what a student returned, off the terminal."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _describe(error: Exception) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class TestFiles:
    """Compiled test files, by their text."""

    __test__ = False

    def __init__(self) -> None:
        self._cases: dict[str, tuple[Case, ...]] = {}

    def cases(self, text: str) -> tuple[Case, ...]:
        """Return the test cases of a test file in order."""
        if text not in self._cases:
            self._cases[text] = _parse(text)
        return self._cases[text]


def _parse(text: str) -> tuple[Case, ...]:
    with only_test_files():
        from otter.test_files.exception_test import ExceptionTestFile

        file = ExceptionTestFile.from_string(text)
    return tuple(map(_case, file.test_cases))


def _case(case: Any) -> Case:
    """One test case of otter's, its signature read once and not at each call."""
    arguments = list(inspect.signature(case.body.test_func).parameters)
    case.body._get_func_params = lambda: arguments
    return Case(
        name=case.body.test_func.__name__,
        points=float(case.points or 0.0),
        hidden=bool(case.hidden),
        failure_message=case.failure_message or "",
        call=case.body.call_func,
        arguments=frozenset(arguments),
    )
