"""What Gradescope shows: a submission's ``results.json``, from a class and from a container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from autograder.course.handin import Visibility
from autograder.diagnosis.naming import for_the_student
from autograder.files import write_whole
from autograder.gradebook.records import HandMark, Row
from autograder.model import SectionOutcome, TestOutcome

OF_A_CLASS: Visibility = "after_published"
"""Whoever grades a class knows all points before anybody sees one, and publishes them together."""


def write_gradescope(folder: Path, rows: Sequence[Row]) -> tuple[Path, ...]:
    """Write ``gradescope/<submission>/<lesson>.json`` for every row, the late rule applied."""
    paths = []
    for row in rows:
        result = result_json(row)
        if row.lateness is not None:
            result["score"] = round(result["score"] - row.lateness.deduction, 4)
            result["tests"].append(
                {
                    "name": "handed in late",
                    "score": -row.lateness.deduction,
                    "max_score": 0,
                    "visibility": "visible",
                    "output": row.lateness.sentence,
                }
            )
        name = f"{row.submission.lesson or 'not-graded'}.json"
        path = folder / "gradescope" / row.submission.name / name
        write_whole(path, result_bytes(result))
        paths.append(path)
    return tuple(paths)


def result_bytes(result: dict[str, Any]) -> bytes:
    """A result as its file has it. The standard library's JSON takes 1 ms to indent one."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1)


def result_json(row: Row, hidden_tests: Visibility = OF_A_CLASS) -> dict[str, Any]:
    """One submission in the format of Gradescope's ``results.json``, for class and container.

    Only what the student may read: details of failed hidden tests stay in the gradebook.

    Args:
        row: the submission.
        hidden_tests: Gradescope's word for when students see hidden tests, and what may tell of
            them.
    """
    sections = row.outcome.sections if row.outcome else ()
    tests = [entry for one in sections for entry in _section_json(row, one, hidden_tests)]
    if row.outcome is None:
        tests = [_adjustment_json(made, made.points) for made in row.adjustments]
    return {
        "score": round(row.total or 0.0, 4),
        "output": "\n".join(_at_once(row)),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "submission": row.submission.name,
            "student": row.submission.student,
            "lesson": row.submission.lesson,
            "attempt": row.submission.attempt,
            "status": row.status,
            "reason": row.problem,
            "engine": row.outcome.engine if row.outcome else "",
            "tier": row.outcome.tier if row.outcome else "",
        },
    }


def _at_once(row: Row) -> Iterator[str]:
    """What a student may read before the points are out."""
    if row.problem:
        yield row.problem
    if row.outcome is not None:
        yield from (event.sentence for event in row.outcome.events)
        for section in row.outcome.sections:
            yield from (event.sentence for event in section.events_shown(with_points=False))


def _section_json(
    row: Row, section: SectionOutcome, hidden_tests: Visibility
) -> list[dict[str, Any]]:
    """An exercise's tests, and below them what only goes with the points."""
    entries = [_test_json(section.exercise, test, hidden_tests) for test in section.tests]
    idea = for_the_student(section)
    later = [event.sentence for event in section.events_shown(with_points=True)]
    if idea or later:
        entries.append(
            {
                "name": f"{section.exercise}: what this looks like",
                "visibility": hidden_tests,
                "output": "\n".join([*([idea] if idea else []), *later]),
            }
        )
    made = row.adjustment(section.exercise)
    if made is not None:
        entries.append(_adjustment_json(made, made.points - section.points))
    return entries


def _adjustment_json(made: HandMark, difference: float) -> dict[str, Any]:
    return {
        "name": f"{made.exercise}: adjusted by {made.who}",
        "score": round(difference, 4),
        "max_score": 0,
        "visibility": "visible",
        "output": made.why,
    }


def _test_json(exercise: str, test: TestOutcome, hidden_tests: Visibility) -> dict[str, Any]:
    return {
        "name": f"{exercise}: {test.name}",
        "score": test.points,
        "max_score": test.max_points,
        "status": "passed" if test.passed else "failed",
        "visibility": hidden_tests if test.hidden else "visible",
        "output": test.message,
    }
