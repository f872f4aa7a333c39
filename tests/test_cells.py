"""Cells find their exercise whatever a student did to the notebook."""

from __future__ import annotations

import copy

import pytest

from autograder.cells import Section, identify, split
from autograder.course.packages import Built
from autograder.model import GradingPackage, Notebook


@pytest.fixture
def package(first_lesson: Built) -> GradingPackage:
    return first_lesson.package


@pytest.fixture
def notebook(first_lesson: Built) -> Notebook:
    return copy.deepcopy(first_lesson.package.released)


def cells_of(package: GradingPackage, notebook: Notebook, exercise: str):
    return next(part for part in split(package, notebook) if part.exercise == exercise)


def sentences(part: Section) -> list[str]:
    return [event.sentence for event in part.problems]


def find(notebook: Notebook, exercise: str, role: str) -> int:
    return next(
        index
        for index, cell in enumerate(notebook["cells"])
        if cell["metadata"].get("exercise") == exercise and cell["metadata"]["role"] == role
    )


def test_look_and_check_cells_are_left_out(package, notebook) -> None:
    roles = {cell.role for part in split(package, notebook) for cell in part.cells}
    assert roles == {"setup", "given", "predict", "answer"}


def test_set_up_leads_every_section(package, notebook) -> None:
    for part in split(package, notebook):
        assert [cell.role for cell in part.cells[:2]] == ["setup", "setup"]


def test_an_added_cell_belongs_to_the_exercise_above_it(package, notebook) -> None:
    place = find(notebook, "moe_layer", "answer")
    notebook["cells"].insert(place + 1, {"cell_type": "code", "source": "helper = 1"})
    extra = [
        cell for cell in cells_of(package, notebook, "moe_layer").cells if cell.role == "extra"
    ]
    assert [cell.source for cell in extra] == ["helper = 1"]
    assert extra[0].number == place + 2


def test_metadata_of_the_student_changes_nothing(package, notebook) -> None:
    before = split(package, notebook)
    for cell in notebook["cells"]:
        cell["metadata"] = {"exercise": "router", "role": "look", "tags": ["otter_ignore"]}
    assert split(package, notebook) == before


def test_a_deleted_answer_cell_is_reported(package, notebook) -> None:
    del notebook["cells"][find(notebook, "router", "answer")]
    problems = cells_of(package, notebook, "router").problems
    assert [event.sentence for event in problems] == [
        "The answer cell of router is missing from the notebook."
    ]


def test_a_deleted_given_cell_is_put_back_in_its_place(package, notebook) -> None:
    before = [cell.source for cell in cells_of(package, notebook, "moe_layer").cells]
    del notebook["cells"][find(notebook, "moe_layer", "given")]
    assert [cell.source for cell in cells_of(package, notebook, "moe_layer").cells] == before


def test_of_two_copies_both_run_and_it_is_said(package, notebook) -> None:
    place = find(notebook, "router", "answer")
    first, second = (f"def select_experts():\n    return {number}" for number in (1, 2))
    notebook["cells"][place]["source"] = first
    notebook["cells"].insert(place + 1, {**notebook["cells"][place], "source": second})
    part = cells_of(package, notebook, "router")
    assert [cell.source for cell in part.cells if cell.role == "answer"] == [first, second]
    assert sentences(part) == [
        "The answer cell of router stands twice; both were run in order, and the last definition "
        "counts."
    ]


def test_an_untouched_given_cell_is_known_to_be_unchanged(package, notebook) -> None:
    notebook["cells"][find(notebook, "router", "answer")]["source"] = "x = 1"
    flags = {cell.role: cell.unchanged for cell in cells_of(package, notebook, "router").cells}
    assert flags["setup"]
    assert not flags["answer"]


@pytest.mark.parametrize(
    "broken",
    [{}, {"cells": None}, {"cells": ["text", 3, None]}, {"cells": [{"id": 7, "source": {}}]}],
)
def test_damaged_notebooks_split_without_raising(package, broken) -> None:
    assert [part.exercise for part in split(package, broken)] == list(package.exercises)


def test_a_notebook_is_identified_by_its_cells(package, notebook) -> None:
    notebook["metadata"] = {}
    assert identify(notebook, {package.lesson: package}) == package.lesson


def test_a_notebook_of_another_course_is_refused_in_a_sentence(package) -> None:
    foreign = {"cells": [{"cell_type": "code", "id": "a1", "source": "1"}], "metadata": {}}
    with pytest.raises(ValueError, match="not one of this course's"):
        identify(foreign, {package.lesson: package})
