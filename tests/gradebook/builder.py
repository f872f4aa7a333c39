"""Classes put together by hand: who handed in what and when, graded by the fake engine at once.

A run goes through ``grade_class`` as the command does; only the reading of folders and the pool
of workers are left out, which have tests of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from autograder.gradebook.records import Row, Task
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import ClassResult, Options, grade_class
from autograder.grading.regrade import Regrade, regrade
from autograder.grading.worker import Graded
from autograder.intake import Intake, Submission, parse_notebook
from autograder.intake.submission import Identifier, IdentifierKind, Person, TimeSource
from autograder.model import GradingPackage, NotebookOutcome
from tests import fakes


def person(**identifiers: str) -> Person:
    """``person(sid="6", email="fz@uni.edu", name="Fred Zorn")``."""
    return Person(
        tuple(Identifier(IdentifierKind(kind), text) for kind, text in identifiers.items())
    )


def at(text: str) -> float:
    """Seconds since 1970 of a moment such as ``2026-11-20 15:00``, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class HandIn(msgspec.Struct, frozen=True):
    """A submission and the notebook that it is."""

    submission: Submission
    body: bytes


def hand_in(
    *people: Person,
    command: str = "pass",
    lesson: str = "lesson-one",
    when: str = "",
    name: str = "",
    source: str = "gradescope",
    root: str = "/given",
    number: int | None = None,
    broken: str = "",
    cells: Mapping[int, str] | None = None,
) -> HandIn:
    """One hand-in.

    Args:
        people: who handed in.
        command: what the fake engine makes of it; what follows it is part of the content.
        lesson: of which lesson it is.
        when: the moment, as the source states it.
        name: of the file; made from the first person's name by default.
        source: the layout, which states the time.
        root: the folder that the instructor gave.
        number: the source's own number.
        broken: why it cannot be read, if it cannot.
        cells: other sources for cells, by place.
    """
    document = msgspec.json.decode(fakes.notebook(command, lesson))
    for place, text in (cells or {}).items():
        document["cells"][place]["source"] = text
    body = b"" if broken else msgspec.json.encode(document)
    called = name or people[0].name.replace(" ", "-")
    submission = Submission(
        name=called, root=root, source=f"{called}.ipynb",
        lesson=None if broken else lesson, submitted_at=at(when) if when else None,
        time_source=TimeSource(source if when else ""), people=people, layout=source, number=number,
        content_hash=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    if broken:
        submission = msgspec.structs.replace(submission, content_hash="", problem=broken)
    return HandIn(submission, body)


def grade(
    out: Path, *hand_ins: HandIn, packages: Any = fakes.PACKAGES, **options: Any
) -> ClassResult:
    """One run over these hand-ins."""

    def discover(_: object, __: object, keep: Callable[[str, bytes], None], layout: str) -> Intake:
        for one in hand_ins:
            if one.body:
                keep(one.submission.content_hash, one.body)
        return Intake(submissions=tuple(one.submission for one in hand_ins))

    with (
        patch("autograder.grading.grade.discover", discover),
        patch("autograder.grading.grade.run_tasks", at_once),
    ):
        return grade_class([], out, packages, Options(engine=fakes.ENGINE, **options))


def regrade_with(out: Path, packages: Mapping[str, GradingPackage], apply: bool) -> Regrade:
    """``autograder regrade`` with the fake engine."""
    with patch("autograder.grading.regrade.run_tasks", at_once):
        return regrade(out, packages, Options(engine=fakes.ENGINE), apply)


def at_once(
    book: Gradebook, tasks: Iterable[Task], packages: Mapping[str, GradingPackage], _: Options
) -> Iterator[tuple[Task, Graded]]:
    """What the pool of workers does, in this process and by the fake engine."""
    for task in tasks:
        notebook = parse_notebook(book.notebook(task.content_hash))
        outcome = fakes.FakeEngine().grade_notebook(packages[task.lesson], notebook)
        yield task, Graded(_stricter(outcome, packages[task.lesson].digest), 0.1)


def _stricter(outcome: NotebookOutcome, digest: str) -> NotebookOutcome:
    """Under tests whose digest says so, nobody passes the shape test."""
    if "stricter" not in digest:
        return outcome
    return msgspec.structs.replace(
        outcome,
        sections=tuple(
            msgspec.structs.replace(
                part,
                tests=tuple(
                    msgspec.structs.replace(test, points=0.0) if test.name == "test_shape" else test
                    for test in part.tests
                ),
            )
            for part in outcome.sections
        ),
    )


STRICTER = {
    lesson: msgspec.structs.replace(package, digest=f"stricter {lesson}")
    for lesson, package in fakes.PACKAGES.items()
}
"""The tests after a change: the shape test is failed by everybody."""


def rows(out: Path) -> dict[tuple[str, str], Row]:
    """The class by student's name and lesson."""
    with Gradebook.open(out) as book:
        return {(row.student.name, row.submission.lesson or ""): row for row in book.rows()}


def totals(out: Path) -> dict[str, float | None]:
    """Points by student's name, where everybody handed in one lesson."""
    return {name: row.total for (name, _), row in rows(out).items()}
