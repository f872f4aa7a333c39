"""Moodle's grading worksheet, its Grade column filled.

An assignment offers the worksheet for download and takes it back ("Upload grading worksheet",
``mod/assign/feedback/offline``): participants are found by the Identifier column, and a row whose
grade may not be changed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.errors import InvalidInput
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.gradebook.roster import RosterFile
from autograder.gradebook.store import Gradebook
from autograder.outputs.csv_tables import csv_text
from autograder.text import number

GRADE = "Grade"
LOCKED = "Grade can be changed"
MAXIMUM = "Maximum Grade"


def write_moodle(
    folder: Path, rows: Sequence[Row], book: Gradebook, named: Mapping[str, str]
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write ``moodle.csv``: the worksheet with the points of one lesson.

    Args:
        folder: where to.
        rows: the class.
        book: its gradebook, with the worksheet as roster.
        named: lesson to the column that was asked for; Grade by default.

    Returns:
        The file, and remarks for the instructor.

    Raises:
        ValueError: the roster is no worksheet, or the rows are of several lessons.
    """
    worksheet = book.roster()
    if worksheet is None or not worksheet.from_moodle:
        raise InvalidInput(
            "roster is not a grading worksheet of Moodle: download it in the assignment's list of "
            "submissions and give it as --roster"
        )
    lessons = sorted({row.submission.lesson for row in rows if row.submission.lesson})
    if len(lessons) != 1:
        raise InvalidInput(
            f"lesson is {', '.join(lessons) or 'none'}; a worksheet is of one assignment, so "
            "choose one with --lesson"
        )
    column = named.get(lessons[0], GRADE)
    if column not in worksheet.header:
        raise InvalidInput(f"column is {column!r}; the worksheet has no such column")
    body, remarks = _filled(worksheet, rows, book, worksheet.header.index(column))
    path = folder / "moodle.csv"
    text = csv_text([worksheet.header, *body], worksheet.separator)
    write_whole(path, text.encode())
    return (path,), tuple(remarks)


def _filled(
    worksheet: RosterFile, rows: Sequence[Row], book: Gradebook, place: int
) -> tuple[list[list[str]], list[str]]:
    points = {row.student.id: row for row in rows if row.final is not None}
    by_line = {number_: list(row) for number_, row in enumerate(worksheet.cells, 2) if row}
    locked, larger = [], set()
    for entry in worksheet.students:
        student, line = book.student_on_roster(entry), by_line[entry.line]
        cells = dict(zip(worksheet.header, line, strict=False))
        row = points.get(student.id)
        if row is None or place >= len(line):
            continue
        if cells.get(LOCKED, "Yes").strip().casefold() == "no":
            locked.append(student.name)
            continue
        line[place] = number(row.final)
        most = number(row.outcome.max_points) if row.outcome else ""
        if most and cells.get(MAXIMUM) and float(cells[MAXIMUM].replace(",", ".")) != float(most):
            larger.add((cells[MAXIMUM], most))
    remarks = [f"Moodle has {theirs} points, these are out of {ours}." for theirs, ours in larger]
    if locked:
        remarks.append(f"Locked in Moodle, left as they are: {', '.join(locked)}.")
    return list(by_line.values()), remarks
