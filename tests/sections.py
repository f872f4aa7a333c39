"""One exercise's cells run as a notebook runs them, look cells included, in this process."""

from __future__ import annotations

import contextlib
import functools
import io
import linecache
import types
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

import matplotlib
import matplotlib.pyplot as plt

from autograder.cells import Cell, Role, released_cells
from autograder.course.lessons import lesson_of
from autograder.course.packages import load_built
from autograder.model import TestOutcome
from autograder.sandbox.judging import TestFiles

TRAINING = {"train_tiny_moe", "train_moe"}
"""Functions that train for a second; what they return is never changed."""


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which remembers what it returned."""
    remembered = functools.cache(function)

    @functools.wraps(function)
    def remembering(*args: Any, **settings: Any) -> Any:
        return remembered(*args, **settings)

    return remembering


class Shown(NamedTuple):
    """What a look cell shows."""

    cell: Cell
    printed: str
    figures: int
    calls: frozenset[str]
    """The functions of the answer that it calls."""


def noted(kept: Any, note: Callable[[], object]) -> Callable[..., Any]:
    """A function (of a class: its forward) that tells of each call before it does its work."""
    right: Any = getattr(kept, "forward", kept)

    def telling(*args: Any, **settings: Any) -> Any:
        note()
        return right(*args, **settings)

    return telling


class Section:
    """The filled-in section of an exercise, with functions that may be replaced."""

    def __init__(self, exercise: str) -> None:
        built = load_built(lesson_of(exercise))
        self.exercise = exercise
        self.cells = [
            cell
            for cell in released_cells(built.solution)
            if cell.exercise in ("", exercise) and "otter.Notebook" not in cell.source
        ]
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.figures = 0
        self._tests = built.package.tests[exercise]
        before = set()
        for role in (Role.SETUP, Role.GIVEN, Role.PREDICT, Role.ANSWER):
            before = set(self.names)
            for cell in self.of(role):
                self.run(cell)
        mine = {name: self.names[name] for name in self.names.keys() - before if name[0] != "_"}
        self._keep_apart(mine)
        self.answers = {name: self.names[name] for name in sorted(mine)}

    def _keep_apart(self, mine: dict[str, Any]) -> None:
        """Let each function of the answer call the right others, whatever replaces these."""
        right = dict(self.names)
        for name, value in mine.items():
            if isinstance(value, types.FunctionType):
                own = types.FunctionType(value.__code__, right, name, value.__defaults__)
                self.names[name] = right[name] = own
        for name in TRAINING & self.names.keys():
            self.names[name] = right[name] = once(self.names[name])

    def of(self, role: Role) -> list[Cell]:
        """The section's code cells of a role."""
        return [one for one in self.cells if one.role is role and one.kind == "code"]

    def run(self, cell: Cell) -> str:
        """Run a cell, count its figures, and return what it printed."""
        name = f"<{cell.id}>"
        lines = cell.source.splitlines(keepends=True)
        linecache.cache[name] = (len(cell.source), None, lines, name)  # as IPython does
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self._plots(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A kernel does not stop at a warning.
            exec(compile(cell.source, name, "exec"), self.names)
        return printed.getvalue()

    @contextlib.contextmanager
    def _plots(self) -> Iterator[None]:
        def show() -> None:
            self.figures += len(plt.get_fignums())
            plt.close("all")

        matplotlib.use("Agg")
        try:
            with plt.rc_context(), mock.patch.object(plt, "show", show):
                yield
            assert not plt.get_fignums(), "a figure is left open"
        finally:
            plt.close("all")

    def look(self) -> list[str]:
        """What each look cell prints."""
        return [self.run(cell) for cell in self.of(Role.LOOK)]

    def look_with(self, name: str, function: Callable[..., Any]) -> list[str]:
        """What look cells print with another function in the student's place.

        From the first cell on that calls it: those before run without it, whatever it is.
        """
        first = self._first_call(name)
        with self.replaced(name, function):
            return [self.run(cell) for cell in self.of(Role.LOOK)[first:]]

    @functools.cached_property
    def shown(self) -> list[Shown]:
        """What each look cell shows of the right answer."""
        shown, calls = [], set[str]()
        with contextlib.ExitStack() as stack:
            for name, kept in self.answers.items():
                stack.enter_context(self.replaced(name, noted(kept, partial(calls.add, name))))
            for cell in self.of(Role.LOOK):
                calls.clear()
                before = self.figures
                printed = self.run(cell)
                shown.append(Shown(cell, printed, self.figures - before, frozenset(calls)))
        return shown

    def _first_call(self, function: str) -> int:
        """The number of the first look cell that calls a function of the answer."""
        numbers = (number for number, one in enumerate(self.shown) if function in one.calls)
        return next(numbers, len(self.shown))

    def public_tests(self) -> list[TestOutcome]:
        """The outcomes of the public tests."""
        cases = [case for case in TestFiles().cases(self._tests) if not case.hidden]
        return [case.judge(self.names) for case in cases]

    @contextlib.contextmanager
    def replaced(self, name: str, function: Callable[..., Any]) -> Iterator[None]:
        """Put another function (of a class: another forward) in the student's place."""
        function.__name__ = name
        thing: Any = self.names[name]
        if isinstance(thing, type):
            with mock.patch.object(thing, "forward", function):
                yield
        else:
            self.names[name] = function
            try:
                yield
            finally:
                self.names[name] = thing
