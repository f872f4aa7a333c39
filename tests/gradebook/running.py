"""Runs of a class by the fake engine, and what it was given."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from autograder.grading.grade import Options, grade_class
from tests import fakes

OPTIONS = Options(engine=fakes.ENGINE, jobs=2)


def counts(log: Path) -> Counter[str]:
    return Counter(line for line in log.read_text().splitlines() if line != "closed")


def grade(folder: Path, out: Path, **changes: object) -> dict[str, tuple[str, float | None]]:
    options = msgspec.structs.replace(OPTIONS, **changes)
    result = grade_class([folder], out, fakes.PACKAGES, options)
    return {row.submission.name: (row.status, row.total) for row in result.rows}
