"""A mark that a person decides: kept beside what was computed, with who, when and why."""

from __future__ import annotations

import getpass
import math
import time
from pathlib import Path

from autograder.errors import InvalidInput
from autograder.gradebook.records import Adjustment, Row
from autograder.gradebook.store import Gradebook


def adjust(
    out: Path, submission: str, exercise: str, points: float, why: str, who: str = ""
) -> Adjustment:
    """Set the marks of one exercise of one submission; the latest decision counts.

    Raises:
        ValueError: naming the argument that does not fit.
    """
    if not why.strip():
        raise InvalidInput("why is empty; say in one sentence why the mark changes")
    with Gradebook.open(out) as book:
        rows = [row for row in book.rows() if row.submission.name == submission]
        if not rows:
            raise InvalidInput(
                f"submission is {submission!r}; the gradebook has no such submission"
            )
        most = _max_points(book, rows, exercise)
        if not (math.isfinite(points) and 0 <= points <= most):
            raise InvalidInput(f"points is {points:g}; {exercise} has 0 to {most:g} points")
        made = Adjustment(submission, exercise, points, why.strip(), who or _user(), time.time())
        book.add_adjustment(made)
    return made


def _max_points(book: Gradebook, rows: list[Row], exercise: str) -> float:
    """The exercise's marks at most: in this submission, else in anybody's."""
    lessons = {row.submission.lesson for row in rows}
    exercises = [
        exercise
        for lesson, package in book.packages().items()
        if lesson in lessons or None in lessons
        for exercise in package.exercises
    ]
    if exercise not in exercises:
        raise InvalidInput(
            f"exercise is {exercise!r}; this submission has {', '.join(exercises) or 'none'}"
        )
    found = [
        section.max_points
        for row in [*rows, *book.rows()]
        for section in (row.outcome.sections if row.outcome else ())
        if section.exercise == exercise
    ]
    return found[0] if found else math.inf


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "instructor"
