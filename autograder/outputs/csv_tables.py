"""The CSV tables of our own, one function each; a platform's table is in its own module.

==================  ==========================================================================
``grades.csv``      written by ``grade``: points before the late rule, a row per student and lesson
``marks.csv``       written by ``export --format csv``: how each final number was made
``todo.csv``        written by ``marks --todo``: what waits for a person; ``adjust --from`` reads it
==================  ==========================================================================
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from autograder.diagnosis.naming import in_a_line
from autograder.gradebook.records import Row, Student
from autograder.intake.submission import IdentifierKind
from autograder.model import GradingPackage
from autograder.text import number

FORMULA_START = re.compile(r"(^|;)(?=[=+\-@\t\r])")
"""Where a spreadsheet begins to calculate; some split cells at semicolons too."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the encoding of the country."""
IDENTIFIERS = (IdentifierKind.SID, IdentifierKind.EMAIL, IdentifierKind.LOGIN)
IDENTIFIER_COLUMNS = (*map(str, IDENTIFIERS), "section")
TODO_COLUMNS = ("student", "exercise", "tests gave", "diagnosis", "points", "why", "waits",
                *IDENTIFIER_COLUMNS)  # fmt: skip

Table = list[list[str]]
Waiting = tuple[Row, str, float | None, str, str]
"""Whose, which exercise, what the tests gave, the diagnosis, and why it waits."""


def exercises_in(rows: Iterable[Row], packages: Mapping[str, GradingPackage]) -> list[str]:
    """The exercises of the lessons that occur, in teaching order."""
    occurring = {row.submission.lesson for row in rows}
    return [
        exercise
        for lesson, package in packages.items()
        if lesson in occurring
        for exercise in package.exercises
    ]


def grade_table(rows: Sequence[Row], packages: Mapping[str, GradingPackage]) -> Table:
    """Header and one row per student and lesson: points, empty where there are none."""
    exercises = exercises_in(rows, packages)
    table = [["submission", "student", "lesson", *exercises, "total", "status",
              *IDENTIFIER_COLUMNS]]  # fmt: skip
    for row in rows:
        points = row.points_by_exercise()
        one = row.submission
        cells = [number(points.get(exercise)) for exercise in exercises]
        table.append(
            [one.name, cell(_name(row)), one.lesson or "", *cells, number(row.total), row.status,
             *identifiers(row.student)]
        )  # fmt: skip
    return table


def marks_table(rows: Sequence[Row], packages: Mapping[str, GradingPackage]) -> Table:
    """How each final number was made: by the tests, by people, and by lateness."""
    exercises = exercises_in(rows, packages)
    table = [
        ["submission", "student", *IDENTIFIER_COLUMNS, "lesson", "attempt", "submitted_at",
         *exercises, "computed", "adjusted", "on_hold", "late_deduction", "final", "max", "status",
         "why"]
    ]  # fmt: skip
    for row in rows:
        one, points, late = row.submission, row.points_by_exercise(), row.lateness
        held = [f"{mark.exercise} {mark.points:g}" for mark in row.on_hold]
        table.append(
            [one.name, cell(_name(row)), *identifiers(row.student), one.lesson or "",
             str(one.attempt), _time(one.submitted_at),
             *(number(points.get(exercise)) for exercise in exercises),
             number(row.outcome.points if row.outcome else None),
             number(row.total) if row.adjustments else "", cell(", ".join(held)),
             number(late.deduction) if late else "", number(row.final),
             number(row.outcome.max_points) if row.outcome else "", row.status,
             cell(" ".join(_reasons(row)))]
        )  # fmt: skip
    return table


def _reasons(row: Row) -> Iterator[str]:
    for mark in row.adjustments:
        yield f"{mark.exercise}: {mark.why} ({mark.who})"
    if row.lateness:
        yield row.lateness.sentence
    if row.problem:
        yield row.problem


def todo_table(
    rows: Sequence[Row],
    unmatched: Sequence[Student] = (),
    as_released: Iterable[Row] = (),
) -> Table:
    """What waits for a person, most urgent first; points and why are to be filled in.

    Args:
        rows: the class.
        unmatched: who handed in and is not on the roster.
        as_released: rows whose notebook is the one that was released.
    """
    students = {row.student.id: row.student for row in rows}
    shared = Counter(student.name for student in students.values())
    waiting = [*_undecided(rows), *_on_hold(rows)]
    strangers = [
        [cell(one.name), "", "", "", "", "", "not on the roster", *identifiers(one)]
        for one in unmatched
    ]
    later = [*_troubled(rows)]
    later += [
        (row, "", row.total, "", "handed in as released: unsaved work?") for row in as_released
    ]

    def line(row: Row, exercise: str, gave: float | None, idea: str, waits: str) -> list[str]:
        who = row.student.name if shared[row.student.name] == 1 else row.submission.name
        return [cell(who), exercise, number(gave), cell(idea), "", "", cell(waits),
                *identifiers(row.student)]  # fmt: skip

    return [list(TODO_COLUMNS), *(line(*one) for one in waiting), *strangers,
            *(line(*one) for one in later)]  # fmt: skip


def _undecided(rows: Iterable[Row]) -> Iterator[Waiting]:
    for row in rows:
        if row.outcome is None and not row.adjustments:
            yield row, "", None, "", f"not graded: {row.problem}"


def _on_hold(rows: Iterable[Row]) -> Iterator[Waiting]:
    for row in rows:
        computed = {part.exercise: part for part in (row.outcome.sections if row.outcome else ())}
        for mark in row.on_hold:
            part = computed.get(mark.exercise)
            idea = in_a_line(part) if part else ""
            waits = f"on hold: {mark.points:g} given for an earlier attempt ({mark.why})"
            yield row, mark.exercise, part.points if part else None, idea, waits


def _troubled(rows: Iterable[Row]) -> Iterator[Waiting]:
    for row in rows:
        for part in row.outcome.sections if row.outcome else ():
            if part.events and row.adjustment(part.exercise) is None:
                idea = in_a_line(part)
                yield row, part.exercise, part.points, idea, part.events[0].sentence


def identifiers(student: Student) -> list[str]:
    """The cells of ``IDENTIFIER_COLUMNS``."""
    return [cell(student.identifier(kind)) for kind in IDENTIFIERS] + [cell(student.section)]


def _name(row: Row) -> str:
    return row.student.name or row.submission.student


def _time(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat("T", "seconds")


def cell(text: str) -> str:
    """Text for a spreadsheet: a name must not become a formula."""
    return FORMULA_START.sub(r"\1'", text)


def csv_text(table: Iterable[Sequence[str]], separator: str = ",") -> str:
    """The table as the text of a CSV file."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\n").writerows(table)
    return buffer.getvalue()
