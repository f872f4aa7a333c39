"""Run and judge a notebook in this very process: no isolation, for trusted code only.

This is the floor that the sandbox is measured against, and what authors' quick checks use on the
course's own sample answers. Student submissions never come here.
"""

from __future__ import annotations

import contextlib
import io
import time
import types
from typing import Any

from autograder.cells import Section, SectionCell, split
from autograder.cells.sections import OURS
from autograder.model import (
    Event,
    EventKind,
    GradingPackage,
    Notebook,
    NotebookOutcome,
    SectionOutcome,
)
from autograder.sandbox.judging import TestFiles


class InProcessEngine:
    """The same answers as the sandbox gives on honest work, without any protection."""

    name = "in-process-1"
    tier = "none"

    def __init__(self) -> None:
        self._prepared: dict[tuple[str, ...], dict[str, Any]] = {}
        self._tests = TestFiles()

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        """Run a notebook's cells and its tests here. Only for code you trust."""
        outcomes = [self._grade(package, section) for section in split(package, notebook)]
        return NotebookOutcome(
            lesson=package.lesson, sections=tuple(outcomes), engine=self.name, tier=self.tier
        )

    def namespace(
        self, package: GradingPackage, notebook: Notebook, exercise: str
    ) -> dict[str, Any]:
        """Return what one exercise's cells define."""
        return self._run(
            next(part for part in split(package, notebook) if part.exercise == exercise)
        )[0]

    def close(self) -> None:
        """Nothing to release."""

    def _grade(self, package: GradingPackage, section: Section) -> SectionOutcome:
        started = time.perf_counter()
        namespace, events = self._run(section)
        cases = self._tests.cases(package.tests[section.exercise])
        tests = tuple(case.judge(namespace) for case in cases)
        return SectionOutcome(
            exercise=section.exercise,
            tests=tests,
            events=(*section.problems, *events),
            prediction=prediction_of(section.exercise, namespace),
            seconds=time.perf_counter() - started,
        )

    def _run(self, section: Section) -> tuple[dict[str, Any], list[Event]]:
        """Run the cells; unchanged cells that lead the section run once and are remembered."""
        leading = 0
        while leading < len(section.cells) and _is_given(section.cells[leading]):
            leading += 1
        key = (section.exercise, *(cell.source for cell in section.cells[:leading]))
        if key not in self._prepared:
            namespace: dict[str, Any] = {"__name__": "__main__"}
            run_cells(section.exercise, section.cells[:leading], namespace)
            self._prepared[key] = namespace
        namespace = dict(self._prepared[key])
        events = run_cells(section.exercise, section.cells[leading:], _rebind(namespace))
        return namespace, events


def _is_given(cell: SectionCell) -> bool:
    return cell.unchanged and cell.role in OURS


def _rebind(namespace: dict[str, Any]) -> dict[str, Any]:
    """Make functions of given cells look names up in this copy, as they would in one kernel."""
    for name, value in list(namespace.items()):
        if isinstance(value, types.FunctionType) and value.__module__ == "__main__":
            copy = types.FunctionType(
                value.__code__, namespace, value.__name__, value.__defaults__, value.__closure__
            )
            copy.__kwdefaults__, copy.__module__ = value.__kwdefaults__, value.__module__
            namespace[name] = copy
    return namespace


def run_cells(
    exercise: str, cells: tuple[SectionCell, ...], namespace: dict[str, Any]
) -> list[Event]:
    """Execute cells one after another; one that raises is reported and the next still runs."""
    events = []
    for cell in cells:
        if "otter.Notebook" in cell.source:
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"<cell {cell.id}>", "exec"), namespace)
        except Exception as error:
            sentence = f"Cell {cell.number} raised {type(error).__name__}: {str(error)[:300]}"
            events.append(
                Event(kind=EventKind.ERROR, sentence=sentence, exercise=exercise, cell=cell.number)
            )
    return events


def prediction_of(exercise: str, namespace: dict[str, Any]) -> str | None:
    """Return the prediction as text, None when unanswered."""
    value = namespace.get(f"prediction_{exercise}", ...)
    return None if value is ... else repr(value)[:500]
