"""Whatever front ends and students do to a notebook, the same code runs for the same exercise."""

from __future__ import annotations

import ast
import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.cells import split
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.grading.inprocess import InProcessEngine
from autograder.model import GradingPackage, Notebook

Cells = list[dict[str, Any]]
WORK = {"given", "predict", "answer", "own"}
RUNS = WORK | {"setup"}
ROLES = RUNS | {"look", "check"}
QUICK = settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def exercise_of(cell: dict[str, Any]) -> str:
    return str(cell["was"].get("exercise", ""))


def role_of(cell: dict[str, Any]) -> str:
    return str(cell["was"]["role"])


class Mess:
    """Draws what happens to a notebook, one kind of change after the other.

    ``was`` keeps what each cell is while its id and metadata get lost.
    """

    def __init__(self, data: st.DataObject, notebook: Notebook, runnable: bool = False) -> None:
        self.draw = data.draw
        self.runnable = runnable
        self.cells: Cells = copy.deepcopy(notebook["cells"])
        for cell in self.cells:
            cell["was"] = cell["metadata"]
        self.own: dict[str, set[str]] = {}

    def notebook(self) -> Notebook:
        self.add_own_cells()
        if not self.runnable:
            self.move()
        self.split()
        self.merge()
        self.duplicate()
        self.lose_ids_and_metadata()
        cells = [{k: v for k, v in cell.items() if k != "was"} for cell in self.cells]
        return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}

    def some(self, most: int, *roles: str) -> list[int]:
        """Draw places of a few code cells, the last first, so that changes move no other."""
        places = [
            index
            for index, cell in enumerate(self.cells)
            if cell["cell_type"] == "code" and role_of(cell) in roles
        ]
        chosen = self.draw(st.lists(st.sampled_from(places), max_size=most, unique=True))
        return sorted(chosen, reverse=True)

    def add_own_cells(self) -> None:
        for number, place in enumerate(self.some(3, *ROLES)):
            exercise = exercise_of(self.cells[place])
            line = f"my_own_helper_{number} = {number}"
            self.own.setdefault(exercise, set()).add(line)
            was = {"exercise": exercise, "role": "own"}
            cell = {"cell_type": "code", "metadata": {}, "source": line, "outputs": [], "was": was}
            self.cells.insert(place + 1, cell)

    def move(self) -> None:
        for place in self.some(3, *WORK, "look", "check"):
            if not exercise_of(self.cells[place]):
                continue  # A cell of one's own below the set-up cells: there is no section around.
            cell = self.cells.pop(place)
            inside = [
                i + 1 for i, o in enumerate(self.cells) if exercise_of(o) == exercise_of(cell)
            ]
            self.cells.insert(self.draw(st.sampled_from(inside)), cell)

    def split(self) -> None:
        for place in self.some(4, *ROLES):
            cell = self.cells[place]
            lines = cell["source"].splitlines(keepends=True)
            cuts = list(range(1, len(lines)))
            if self.runnable:
                cuts = [node.lineno - 1 for node in ast.parse(cell["source"]).body[1:]]
                if any(lines[cut].startswith(("@", "class", "def")) is False for cut in cuts):
                    continue
            if not cuts:
                continue
            cut = self.draw(st.sampled_from(cuts))
            first = {**cell, "source": "".join(lines[:cut])}
            second = {**cell, "source": "".join(lines[cut:])}
            if self.draw(st.booleans()):
                second.pop("id", None)
            self.cells[place : place + 1] = [first, second]

    def merge(self) -> None:
        for place in self.some(3, *RUNS):
            first, below = self.cells[place], self.cells[place + 1]
            same = exercise_of(first) == exercise_of(below)
            if same and below["cell_type"] == "code" and role_of(below) in RUNS | {"check"}:
                merged = {**first, "source": first["source"].rstrip() + "\n" + below["source"]}
                self.cells[place : place + 2] = [merged]

    def duplicate(self) -> None:
        for place in self.some(3, *ROLES):
            self.cells.insert(place + 1, copy.deepcopy(self.cells[place]))

    def lose_ids_and_metadata(self) -> None:
        ids = self.draw(st.sampled_from(["kept", "dropped", "renewed", "mixed"]))
        metadata = self.draw(st.sampled_from(["kept", "dropped", "mixed"]))
        for number, cell in enumerate(self.cells):
            change = self.draw(st.sampled_from(["kept", "dropped"])) if ids == "mixed" else ids
            if change == "dropped":
                cell.pop("id", None)
            elif change == "renewed":
                cell["id"] = str(number)
            if metadata == "dropped" or (metadata == "mixed" and self.draw(st.booleans())):
                cell["metadata"] = {}


def lines_by_exercise(package: GradingPackage, notebook: Notebook) -> dict[str, set[str]]:
    return {
        part.exercise: {
            line
            for cell in part.cells
            for line in map(str.strip, cell.source.splitlines())
            # A comment in a cell of its own is not run.
            if line not in ("", "pass") and not line.startswith("#")
        }
        for part in split(package, notebook)
    }


def assert_the_same_runs(slug: str, data: st.DataObject) -> None:
    built = load_built(lessons()[slug])
    mess = Mess(data, built.solution)
    notebook = mess.notebook()
    wanted = lines_by_exercise(built.package, built.solution)
    for exercise, lines in mess.own.items():
        for runs_there in [exercise] if exercise else wanted:
            wanted[runs_there] |= lines
    assert lines_by_exercise(built.package, notebook) == wanted
    assert [part.problems for part in split(built.package, notebook)] == [()] * len(wanted)


@pytest.mark.parametrize("slug", lessons())
@QUICK
@given(data=st.data())
def test_each_exercise_runs_the_same_code(slug: str, data: st.DataObject) -> None:
    assert_the_same_runs(slug, data)


@pytest.mark.long
@pytest.mark.parametrize("slug", lessons())
@settings(QUICK, max_examples=3_000, derandomize=False)
@given(data=st.data())
def test_each_exercise_runs_the_same_code_for_minutes(slug: str, data: st.DataObject) -> None:
    assert_the_same_runs(slug, data)


ENGINE = InProcessEngine()
"""One for all: given cells, some of which train, run once."""


@pytest.mark.parametrize("slug", lessons())
@settings(QUICK, max_examples=3)
@given(data=st.data())
def test_the_points_stay(slug: str, data: st.DataObject) -> None:
    built = load_built(lessons()[slug])
    notebook = Mess(data, built.solution, runnable=True).notebook()
    outcome = ENGINE.grade_notebook(built.package, notebook)
    sentences = [event.sentence for part in outcome.sections for event in part.events]
    assert (outcome.points, sentences) == (10.0 * len(built.package.exercises), [])
