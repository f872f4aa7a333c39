"""A gradebook that Canvas imports: its own columns filled, and nothing else changed.

Canvas reads the file with ``lib/gradebook_importer.rb``: it finds students by ID, SIS User ID or
SIS Login ID, assignments by the column's title, and takes an empty cell for points to clear.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from autograder.errors import InvalidInput
from autograder.files import write_whole
from autograder.gradebook.records import Row, Student
from autograder.gradebook.roster import POINTS_POSSIBLE, RosterFile, RosterRow
from autograder.gradebook.store import Gradebook
from autograder.intake.submission import IdentifierKind
from autograder.outputs.csv_tables import cell, csv_text
from autograder.outputs.report.stats import lesson_parts, lesson_title
from autograder.text import number

CANVAS_PERSON = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
STUDENT_COLUMNS = {*CANVAS_PERSON, "LastName", "FirstName", "Integration ID", "Root Account"}
EXCUSED = {"ex", "excused"}
READ_ONLY = "(read only)"
NAMED_LIMIT = 12

Points = Mapping[int, Mapping[str, float]]
"""The final points by student and lesson."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson's column in Canvas."""

    lesson: str
    title: str
    possible: str
    place: int | None
    """Where the roster has it; None where the import makes a new assignment."""
    remark: str = ""

    def known(self, cells: Sequence[str]) -> str:
        """What Canvas has for the student of this row; an empty cell would clear it."""
        return cells[self.place] if self.place is not None and self.place < len(cells) else ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Points that Canvas has already, and those that replace them."""

    student: str
    lesson: str
    before: str
    after: str


def write_canvas(
    folder: Path, rows: Sequence[Row], book: Gradebook, named: Mapping[str, str]
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write ``canvas.csv``.

    Args:
        folder: where to.
        rows: the class.
        book: its gradebook, with the roster.
        named: lesson to the column that was asked for.

    Returns:
        The file, and remarks for the instructor.

    Raises:
        ValueError: the roster has no column of a name that was asked for.
    """
    points: dict[int, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.final is not None and row.submission.lesson:
            points[row.student.id][row.submission.lesson] = row.final
    lessons = sorted({row.submission.lesson for row in rows if row.submission.lesson})
    roster = book.roster()
    canvas = roster if roster is not None and roster.from_canvas else None
    columns = [_column(rows, lesson, canvas, named.get(lesson, "")) for lesson in lessons]
    if canvas is None:
        body, remarks = _from_students(rows, points, columns), _without_roster(rows)
    else:
        body, remarks = _from_roster(canvas, book, points, columns)
    header = [*CANVAS_PERSON, *(column.title for column in columns)]
    possible = ["    Points Possible", "", "", "", "", *(column.possible for column in columns)]
    path = folder / "canvas.csv"
    write_whole(path, csv_text([header, possible, *body]).encode())
    said = [column.remark for column in columns if column.remark]
    return (path,), (*said, *remarks)


def _from_roster(
    roster: RosterFile, book: Gradebook, points: Points, columns: Sequence[Column]
) -> tuple[list[list[str]], list[str]]:
    """The rows of those students of the roster who have points, as Canvas names them."""
    body: list[list[str]] = []
    excused: list[str] = []
    lower: list[Change] = []
    for entry in roster.students:
        student = book.student_on_roster(entry)
        own = points.get(student.id, {})
        if not own:
            continue
        cells, line = roster.cells[entry.line - 2], []
        for column in columns:
            known, mark = column.known(cells), own.get(column.lesson)
            if known.strip().casefold() in EXCUSED:
                excused.append(f"{student.name}, {column.title}")
                mark = None
            elif mark is not None and (before := _float(known)) is not None and before > mark:
                lower.append(
                    Change(
                        student=student.name, lesson=column.title, before=known, after=number(mark)
                    )
                )
            line.append(known if mark is None else number(mark))
        body.append([*map(cell, _person(roster, entry)), *line])
    return sorted(body), _changes(excused, lower)


def _changes(excused: Sequence[str], lower: Sequence[Change]) -> list[str]:
    remarks = []
    if excused:
        remarks.append(f"Excused in Canvas, left so: {_listed(excused)}.")
    if lower:
        moved = [f"{one.student}, {one.lesson}: {one.before} to {one.after}" for one in lower]
        remarks.append(f"Lower than what Canvas has: {_listed(moved)}.")
    return remarks


def _listed(names: Sequence[str]) -> str:
    more = f"; and {len(names) - NAMED_LIMIT} more" if len(names) > NAMED_LIMIT else ""
    return "; ".join(names[:NAMED_LIMIT]) + more


def _from_students(
    rows: Sequence[Row], points: Points, columns: Sequence[Column]
) -> list[list[str]]:
    students = {row.student.id: row.student for row in rows if row.student.id in points}
    body = []
    for student in students.values():
        marks = [number(points[student.id].get(column.lesson)) for column in columns]
        name, *rest = map(cell, _canvas_person(student))
        # Canvas would take a line that begins so for the points possible of each assignment.
        name = f"'{name}" if POINTS_POSSIBLE in name.casefold() else name
        body.append([name, *rest, *marks])
    return sorted(body)


def _canvas_person(student: Student) -> tuple[str, ...]:
    kinds = (IdentifierKind.CANVAS_ID, IdentifierKind.SID, IdentifierKind.LOGIN)
    return (student.name, *map(student.identifier, kinds), student.section)


def _without_roster(rows: Sequence[Row]) -> list[str]:
    remarks = [
        "Without a roster an empty cell clears points that Canvas has: give the gradebook "
        "exported from Canvas as --roster."
    ]
    if not all(row.student.identifier(IdentifierKind.CANVAS_ID) for row in rows):
        remarks.append("Canvas finds students by its own ID, and some rows have none.")
    return remarks


def _person(roster: RosterFile, entry: RosterRow) -> tuple[str, ...]:
    """A student's first five columns as the roster has them, in the order Canvas imports."""
    row = roster.cells[entry.line - 2]
    cells = dict(zip(roster.header, row, strict=False))
    name = cells.get("Student") or f"{row[0]}, {row[1]}"
    return (name, *(cells.get(column, "") for column in CANVAS_PERSON[1:]))


def _column(rows: Sequence[Row], lesson: str, roster: RosterFile | None, name: str) -> Column:
    title, ours = lesson_title(lesson), _possible(rows, lesson)
    if roster is None:
        return Column(lesson=lesson, title=name or title, possible=ours, place=None)
    possible = _possible_row(roster)
    at = _named_column(roster, name) if name else find_column(roster.header, possible, lesson)
    if at is None:
        remark = f"The roster has no column for {title}; importing will make a new assignment."
        return Column(lesson=lesson, title=title, possible=ours, place=None, remark=remark)
    # The importer would take ours for a change of the assignment.
    theirs = possible[at] if at < len(possible) else ours
    same = _float(theirs) == _float(ours)
    remark = f"Canvas has {theirs} points for {title}, these are out of {ours}."
    return Column(
        lesson=lesson,
        title=roster.header[at],
        possible=theirs,
        place=at,
        remark="" if same else remark,
    )


def _named_column(roster: RosterFile, name: str) -> int:
    if name in roster.header:
        return roster.header.index(name)
    # Canvas appends its own number: "Lesson One (1234)".
    begins = [at for at, title in enumerate(roster.header) if title.startswith(f"{name} (")]
    if len(begins) == 1:
        return begins[0]
    close = difflib.get_close_matches(name, roster.header, 3, 0.4)
    hint = f"; close are {', '.join(close)}" if close else ""
    raise InvalidInput(f"column is {name!r}; the roster has no such column{hint}")


def find_column(header: Sequence[str], possible: Sequence[str], lesson: str) -> int | None:
    """Place of the assignment's own column: by its name, else by the lesson's number."""
    number_in_course = lesson_parts(lesson)[0]
    places = [
        at
        for at, title in enumerate(header)
        if title not in STUDENT_COLUMNS
        and not (at < len(possible) and possible[at].strip() == READ_ONLY)
    ]
    named = [at for at in places if _squashed(lesson) in _squashed(header[at])]
    if not named and number_in_course:
        exact = re.compile(rf"(?<![\d.]){re.escape(number_in_course)}(?!\.?\d)")
        named = [at for at in places if exact.search(header[at])]
    return named[0] if len(named) == 1 else None


def _possible_row(roster: RosterFile) -> tuple[str, ...]:
    return next((row for row in roster.cells if row and POINTS_POSSIBLE in row[0].casefold()), ())


def _possible(rows: Sequence[Row], lesson: str) -> str:
    most = (r.outcome.max_points for r in rows if r.outcome and r.submission.lesson == lesson)
    return number(max(most, default=None))


def _float(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
