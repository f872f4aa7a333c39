"""What one lesson's container has to know: written by the build, read by the harness."""

from __future__ import annotations

from typing import Literal

import msgspec

from autograder.model import GradingPackage

Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
"""Gradescope's own words for when students see a test."""

FOLDER = "engine"
"""The folder of the zip that only our own harness reads."""
FILE_NAME = "handin.json"


class Misconception(msgspec.Struct, frozen=True):
    """A pattern of failed tests that shows one misunderstanding."""

    fails: frozenset[str]
    sentence: str


class HandIn(msgspec.Struct, frozen=True):
    """One lesson as its container grades it. Holds no solution and no bank answer."""

    package: GradingPackage
    misconceptions: dict[str, tuple[Misconception, ...]]
    hidden_tests: Visibility = "after_due_date"

    def explain(self, exercise: str, failed: frozenset[str]) -> str | None:
        """Name the misconception that exactly these failed tests show, if they show one."""
        for one in self.misconceptions.get(exercise, ()):
            if one.fails == failed:
                return one.sentence
        return None
