"""The probes of every exercise, proved on its sample answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest

from autograder.course.lessons import all_exercises, lesson_of, source_path
from autograder.course.samples import load_samples
from autograder.diagnosis.answers import Kind
from autograder.diagnosis.asking import Group, probes_of
from autograder.diagnosis.known import KnownFunction
from autograder.grading.known import load_known

EXERCISES = pytest.mark.parametrize("exercise", all_exercises())


@cache
def known_of(exercise: str) -> tuple[KnownFunction, ...]:
    return load_known(lesson_of(exercise))[exercise]


@EXERCISES
def test_the_solution_answers_within_range_and_refuses_out_of_range(exercise: str) -> None:
    for function in known_of(exercise):
        for probe, answer in zip(function.probes.probes, function.right[0], strict=True):
            refused = answer.kind is Kind.RAISED and answer.value == ["raised", "ValueError"]
            assert refused == (probe.group is Group.REFUSALS), (probe.call, answer.shown)
            assert refused or answer.kind is Kind.VALUE


@EXERCISES
def test_every_wrong_sample_answer_shows_in_some_function(exercise: str) -> None:
    seen = {one.sample for f in known_of(exercise) for one in (*f.values, *f.refusals)}
    wrong = {sample.name for sample in load_samples(exercise) if sample.kind != "correct"}
    assert not wrong - seen, "probes that tell these from a right answer are missing"


@EXERCISES
def test_sample_answers_that_no_probe_tells_apart_say_the_same(exercise: str) -> None:
    functions = known_of(exercise)
    by_sample: dict[str, dict[tuple[str, bool], object]] = {}
    sentences: dict[str, str] = {}
    for function in functions:
        for refusals, misread in ((False, function.values), (True, function.refusals)):
            for one in misread:
                place = (function.probes.name, refusals)
                by_sample.setdefault(one.sample, {})[place] = (function, one)
                sentences[one.sample] = one.sentence
    for one, other in combinations(by_sample, 2):
        if by_sample[one].keys() == by_sample[other].keys() and all(
            function.alike(misread.answers, by_sample[other][place][1].answers, place[1])  # type: ignore[index]
            for place, (function, misread) in by_sample[one].items()  # type: ignore[misc]
        ):
            assert sentences[one] == sentences[other], f"{one} and {other} answer every probe alike"


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
