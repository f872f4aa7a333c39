"""What the predictions should have been, why, and whether a student's comes near enough."""

from __future__ import annotations

import ast

import msgspec

from autograder.cells import Role, released_cells
from autograder.course.lessons import Yardstick, lessons
from autograder.course.packages import load_built

UNREADABLE = (
    ValueError, TypeError, SyntaxError, OverflowError, MemoryError, RecursionError,
)  # fmt: skip
"""What reading and comparing a student's text as a value may raise."""


class WhatHappens(msgspec.Struct, frozen=True):
    """What one prediction is compared with."""

    text: str
    """As Python writes it."""
    yardstick: Yardstick = Yardstick()

    @property
    def band(self) -> str:
        """The words that say how near a prediction has to come; empty where it must be equal."""
        within = self.yardstick.within
        return f" (a number within {within:g} of it is right)" if within else ""

    def agrees(self, predicted: str) -> bool:
        """Whether a prediction, as Python writes it, is right: numbers within the lesson's band."""
        try:
            value = ast.literal_eval(predicted)
            return _alike(value, ast.literal_eval(self.text), self.yardstick.within)
        except UNREADABLE:
            return False


def _alike(value: object, right: object, within: float) -> bool:
    if isinstance(right, tuple | list):
        return (
            isinstance(value, tuple | list)
            and len(value) == len(right)
            and all(_alike(one, other, within) for one, other in zip(value, right, strict=True))
        )
    if isinstance(value, int | float) and isinstance(right, int | float):
        return abs(value - right) <= within + 1e-9
    return value == right


def solution_predictions() -> dict[str, WhatHappens]:
    """Return for each exercise what the prediction should have been."""
    predictions = {}
    for lesson in lessons().values():
        for cell in released_cells(load_built(lesson).solution):
            if cell.role is Role.PREDICT:
                assign = ast.parse(cell.source).body[-1]
                if isinstance(assign, ast.Assign):
                    predictions[cell.exercise] = WhatHappens(
                        repr(ast.literal_eval(assign.value)),
                        lesson.predictions.get(cell.exercise, Yardstick()),
                    )
    return predictions
