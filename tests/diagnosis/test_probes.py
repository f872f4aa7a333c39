"""The probes of every exercise, proved on its sample answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from autograder.course.lessons import all_exercises, source_path
from autograder.diagnosis.asking import probes_of
from autograder.quality.diagnosis import problems
from tests.diagnosis.asked import known_of

EXERCISES = pytest.mark.parametrize("exercise", all_exercises())


@EXERCISES
def test_each_wrong_sample_answer_shows_and_no_two_ideas_answer_alike(exercise: str) -> None:
    assert problems(exercise, known_of(exercise)) == []


@EXERCISES
def test_what_a_function_needs_is_asked_before_it(exercise: str) -> None:
    names = [function.name for function in probes_of(exercise)]
    for at, function in enumerate(probes_of(exercise)):
        assert set(function.needs) <= set(names[:at])


def literals(text: str) -> Iterator[str]:
    """Every list or tuple of at least three numbers in some code: what makes an input this one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) >= 3:
            numbers = [inner for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
            if all(isinstance(inner.value, int | float) for inner in numbers):
                yield ast.dump(node)


@EXERCISES
def test_probes_hold_no_input_of_a_hidden_test(exercise: str) -> None:
    cells = source_path(exercise).read_text(encoding="utf-8").split("# %%")
    hidden = {
        found for cell in cells if "\nhidden: true" in cell for found in literals(_code(cell))
    }
    asked = [probe.call for function in probes_of(exercise) for probe in function.probes]
    assert not hidden & {found for call in asked for found in literals(call)}


def _code(cell: str) -> str:
    return cell.partition("\n")[2]
