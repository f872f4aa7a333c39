"""Look cells and public tests with functions that return the wrong thing, raise or print."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from autograder.cells import Role
from autograder.course.lessons import all_exercises
from autograder.model import TestOutcome
from tests.sections import Section

ODD: dict[str, object] = {
    "None": None,
    "dots": ...,
    "int": 3,
    "float": 0.5,
    "str": "x",
    "list": [1, 2],
    "nested list": [[0.1, 0.2], [0.3, 0.4]],
    "numpy array": np.zeros((2, 2)),
    "0-d tensor": torch.tensor(1.0),
    "tensor": torch.zeros(3),
    "pair of None": (None, None),
    "empty dict": {},
}
"""What a student's function may return instead."""
ODD_WORDS = re.compile(r"\ban? (NoneType|ellipsis|ndarray)\b|\ba (int|array)")


@cache
def section(exercise: str) -> Section:
    return Section(exercise)


def leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """A result with each number, text or tensor in it changed; the containers stay."""
    if isinstance(value, list | tuple):
        return type(value)(leaves(part, change) for part in value)
    if isinstance(value, dict):
        return {key: leaves(part, change) for key, part in value.items()}
    return change(value)


def emptied(value: Any) -> Any:
    return leaves(value, lambda part: None)


def in_numpy(value: Any) -> Any:
    def converted(part: Any) -> Any:
        if isinstance(part, torch.Tensor):
            return part.detach().numpy()
        return np.array(part) if isinstance(part, int | float) else part

    return leaves(value, converted)


def always(value: object) -> Callable[..., object]:
    return lambda *args, **settings: value


def own(kept: Any, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The right function, with its result changed."""
    right: Any = getattr(kept, "forward", kept)
    return lambda *args, **settings: change(right(*args, **settings))


def look_lines(exercise: str, name: str, function: Callable[..., Any]) -> list[str]:
    """What the look cells say that stop at a replaced function."""
    printed = section(exercise).look_with(name, function)
    return [line for text in printed for line in text.splitlines() if "stopped this" in line]


def public_failures(exercise: str, name: str, function: Callable[..., Any]) -> list[TestOutcome]:
    part = section(exercise)
    with part.replaced(name, function):
        return [test for test in part.public_tests() if not test.passed]


def untold(exercise: str, kinds: Iterable[str]) -> list[object]:
    """Messages that do not say which function returned what."""
    problems: list[object] = []
    for name, kept in section(exercise).answers.items():
        cases = {kind: always(value) for kind, value in ODD.items()}
        cases |= {"emptied": own(kept, emptied), "in numpy": own(kept, in_numpy)}
        for kind in kinds:
            function = cases[kind]
            lines = look_lines(exercise, name, function)
            problems += [
                (name, kind, line) for line in lines if not re.search(rf"\b{name}\b", line)
            ]
            for test in public_failures(exercise, name, function):
                if not test.detail.startswith("AssertionError") or ODD_WORDS.search(test.message):
                    problems.append((name, kind, f"{test.name}: {test.message}"))
    return problems


@pytest.mark.parametrize("exercise", all_exercises())
def test_what_came_back_is_told_by_look_cells_and_public_tests(exercise: str) -> None:
    problems = untold(exercise, ("None", "list", "numpy array", "0-d tensor", "in numpy"))
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.long
@pytest.mark.parametrize("exercise", all_exercises())
def test_whatever_came_back_is_told(exercise: str) -> None:
    problems = untold(exercise, (*ODD, "emptied", "in numpy"))
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.parametrize("exercise", all_exercises())
def test_an_exception_is_shown_with_its_text(exercise: str) -> None:
    def raises(*args: object, **settings: object) -> object:
        raise RuntimeError("The student's own words.")

    for name in section(exercise).answers:
        lines = look_lines(exercise, name, raises)
        failed = public_failures(exercise, name, raises)
        assert failed, name
        for told in [*lines, *(test.message for test in failed)]:
            assert "The student's own words." in told, name


@pytest.mark.parametrize("exercise", all_exercises())
def test_a_function_that_prints_changes_nothing_else(exercise: str) -> None:
    """All print at once: a look cell that minds the lines of any of them says something else."""

    def prints(value: Any) -> Any:
        print("#noise")
        return value

    part = section(exercise)
    quiet = [one.printed for one in part.shown]
    with contextlib.ExitStack() as stack:
        for name, kept in part.answers.items():
            stack.enter_context(part.replaced(name, own(kept, prints)))
        loud = part.look()
        assert not [test for test in part.public_tests() if not test.passed]
    assert any("#noise" in text for text in loud)
    assert ["".join(re.findall(r"(?m)^(?!#noise).*\n", text)) for text in loud] == quiet


@pytest.mark.parametrize("exercise", all_exercises())
def test_each_picture_has_a_line_that_says_what_it_shows(exercise: str) -> None:
    shown = section(exercise).shown
    for one in shown:
        assert one.printed.strip(), f"{one.cell.id} prints nothing"
        assert "not answered yet" not in one.printed
        # What a picture shows is numbers or a list, not a title.
        assert not one.figures or re.search(r"\d", one.printed), one.cell.id
    assert any(one.figures for one in shown)


@pytest.mark.parametrize("exercise", all_exercises())
def test_an_untouched_section_is_told_what_to_fill_in(exercise: str) -> None:
    from autograder.cells import released_cells
    from autograder.course.lessons import lesson_of
    from autograder.course.packages import load_built

    part = Section(exercise)
    released = released_cells(load_built(lesson_of(exercise)).package.released)
    for cell in released:
        if cell.exercise == exercise and cell.role in (Role.PREDICT, Role.ANSWER):
            part.run(cell)
    told = [text for text in part.look() if "Fill in" in text or "not answered yet" in text]
    assert told
    assert not any("stopped this cell" in text for text in part.look())
    assert part.figures == 0
