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


class HandIn(msgspec.Struct, frozen=True):
    """One lesson as its container grades it. Holds no code of a solution or sample answer."""

    package: GradingPackage
    hidden_tests: Visibility = "after_due_date"
