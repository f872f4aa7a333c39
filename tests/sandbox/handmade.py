"""Small grading packages made by hand, to drive the engine without building a lesson."""

from __future__ import annotations

from typing import Any

from autograder.model import GradingPackage, Notebook, SectionOutcome
from autograder.sandbox import SandboxEngine

Cell = tuple[str, str, str, str]
"""Cell id, exercise, role, source."""

SETUP: Cell = ("setup-1", "", "setup", "import math\nimport numpy as np\nimport torch")
F_IS_PLUS_ONE = """
def test_adds_one(f):
    assert f(1) == 2, f"f(1) returned {f(1)!r}, expected 2"
"""


def notebook(*cells: Cell) -> Notebook:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"lesson": "hand-made"},
        "cells": [
            {
                "id": identifier,
                "cell_type": "code",
                "source": source,
                "metadata": {"exercise": exercise, "role": role},
                "outputs": [],
                "execution_count": None,
            }
            for identifier, exercise, role, source in cells
        ],
    }


def otter_file(exercise: str, *tests: str, hidden: bool = False, idea: str = "The idea.") -> str:
    """The text of an otter test file with these functions, one point each."""
    head = f"from otter.test_files import test_case\nname = {exercise!r}\npoints = None\n"
    mark = f"@test_case(points=1, hidden={hidden}, failure_message={idea!r})\n"
    return head + "".join(f"\n{mark}{test.strip()}\n" for test in tests)


def package(tests: dict[str, str], *cells: Cell) -> GradingPackage:
    """A lesson with one empty answer cell per exercise, besides the cells given."""
    released = [*cells, *((f"{exercise}-9", exercise, "answer", "...") for exercise in tests)]
    return GradingPackage(
        lesson="hand-made",
        exercises=tuple(tests),
        released=notebook(*released),
        tests=tests,
        digest="digest",
    )


def grade(
    engine: SandboxEngine, answer: str, *tests: str, given: tuple[Cell, ...] = (SETUP,), **kind: Any
) -> SectionOutcome:
    """Grade one answer cell of one exercise ``a``."""
    packed = package({"a": otter_file("a", *(tests or (F_IS_PLUS_ONE,)), **kind)}, *given)
    student = notebook(*given, ("a-9", "a", "answer", answer))
    return engine.grade_notebook(packed, student).sections[0]
