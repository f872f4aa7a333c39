"""Marks for other systems: Gradescope results, a Canvas gradebook, a plain table.

The late policy is applied here and nowhere else; what people adjusted is in every format.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from autograder.errors import InvalidInput
from autograder.files import write_whole
from autograder.gradebook.due import SETTING, LatePolicy, deduction, final, stored_policy
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage
from autograder.outputs.report.stats import lesson_parts, lesson_title
from autograder.outputs.results import cell, csv_text, exercises_in, number, result_json

Format = Literal["gradescope", "canvas", "csv"]
Person = tuple[str, ...]
CANVAS_PERSON = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
STUDENT_COLUMNS = {*CANVAS_PERSON, "LastName", "FirstName", "Integration ID", "Root Account"}
MAX_ROSTER_BYTES = 32 * 1024 * 1024


class Exported(msgspec.Struct, frozen=True):
    """What was written, and what the instructor should know about it."""

    paths: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def export(
    out: Path,
    form: Format,
    policy: LatePolicy | None = None,
    roster: Path | None = None,
) -> Exported:
    """Write the marks in ``form`` below ``out/export``.

    Args:
        out: the folder that ``grade`` wrote.
        form: gradescope, canvas or csv.
        policy: the late policy; remembered, so that feedback pages explain it. None takes the
            remembered one.
        roster: a gradebook exported from Canvas, to take students' ids and the assignment's
            column from.

    Raises:
        ValueError: the gradebook or the roster cannot be used.
    """
    with Gradebook.open(out) as book:
        if policy is not None:
            book.set(SETTING, msgspec.json.encode(policy).decode())
        policy = stored_policy(book)
        rows, packages = book.rows(), book.packages()
    if form == "gradescope":
        made = _gradescope(out, rows, policy)
    elif form == "canvas":
        made = _canvas(out, rows, policy, _read_roster(roster) if roster else None)
    else:
        path = out / "export" / "grades.csv"
        write_whole(path, csv_text(plain_table(rows, packages, policy)).encode())
        made = Exported((path,))
    return Exported(made.paths, (*made.remarks, *_late_remarks(rows, policy)))


def _late_remarks(rows: Sequence[Row], policy: LatePolicy | None) -> list[str]:
    """Say where the late rule had little to go by."""
    taken = [(row.submission, deduction(row, policy)) for row in rows]
    timeless = [one.name for one, late in taken if late and one.submitted_at is None]
    stamped = [one.name for one, late in taken if late and one.time_source == "file time"]
    remarks = []
    # A student's lessons are several rows of one name.
    timeless, stamped = list(dict.fromkeys(timeless)), list(dict.fromkeys(stamped))
    if timeless:
        remarks.append(
            f"Marked late by Canvas without a time, so nothing is taken off: {', '.join(timeless)}."
        )
    if stamped:
        remarks.append(
            "Late only by the time stamp of the file, which copying and unpacking change: "
            f"{', '.join(stamped)}."
        )
    return remarks


def _gradescope(out: Path, rows: Sequence[Row], policy: LatePolicy | None) -> Exported:
    paths = []
    for row in rows:
        result = result_json(row)
        taken = deduction(row, policy)
        if taken is not None:
            result["score"] = round(result["score"] - taken.deduction, 4)
            result["tests"].append(
                {
                    "name": "handed in late",
                    "score": -taken.deduction,
                    "max_score": 0,
                    "visibility": "visible",
                    "output": taken.sentence,
                }
            )
        name = f"{row.submission.lesson or 'not-graded'}.json"
        path = out / "export" / "gradescope" / row.submission.name / name
        write_whole(path, json.dumps(result, indent=1, ensure_ascii=False).encode())
        paths.append(path)
    return Exported(tuple(paths))


def plain_table(
    rows: Sequence[Row], packages: Mapping[str, GradingPackage], policy: LatePolicy | None
) -> list[list[str]]:
    """Everything in one table: what was computed, what people changed, what lateness costs."""
    exercises = exercises_in(rows, packages)
    table = [
        ["submission", "student", "lesson", "attempt", "submitted_at", *exercises, "computed",
         "adjusted", "late_deduction", "final", "max", "status", "why"]
    ]  # fmt: skip
    for row in rows:
        one, marks, taken = row.submission, row.marks(), deduction(row, policy)
        notes = [f"{made.exercise}: {made.why} ({made.who})" for made in row.adjustments]
        notes += [taken.sentence] if taken else []
        notes += [row.problem] if row.problem else []
        computed = row.outcome.points if row.outcome else None
        table.append(
            [one.name, cell(one.student), one.lesson or "", str(one.attempt),
             _time(one.submitted_at), *(number(marks.get(exercise)) for exercise in exercises),
             number(computed), number(row.total) if row.adjustments else "",
             number(taken.deduction) if taken else "", number(final(row, policy)),
             number(row.outcome.max_points) if row.outcome else "", row.status,
             cell(" ".join(notes))]
        )  # fmt: skip
    return table


def _time(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat("T", "seconds")


class Roster(msgspec.Struct, frozen=True):
    """A gradebook exported from Canvas: who there is, and what its columns are called."""

    header: tuple[str, ...]
    possible: tuple[str, ...]
    """Canvas's row of points possible."""
    people: dict[Person, tuple[str, ...]]
    """Each student's first five columns, in our order, to the student's whole row."""

    def column(self, lesson: str) -> int | None:
        """Place of the assignment's own column: by its name, else by the lesson's number."""
        number_in_course = lesson_parts(lesson)[0]
        places = [at for at in range(len(self.header)) if self.header[at] not in STUDENT_COLUMNS]
        named = [at for at in places if _squashed(lesson) in _squashed(self.header[at])]
        if not named and number_in_course:
            exact = re.compile(rf"(?<![\d.]){re.escape(number_in_course)}(?!\.?\d)")
            named = [at for at in places if exact.search(self.header[at])]
        return named[0] if len(named) == 1 else None


def _read_roster(path: Path) -> Roster:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_ROSTER_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The roster {path} cannot be read: {error}.") from None
    # Where a comma is the decimal sign, Canvas separates columns by semicolons.
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    header = rows[0] if rows else []
    one_name, two_names = ["Student", "ID"], ["LastName", "FirstName", "ID"]
    if header[:2] != one_name and header[:3] != two_names:
        raise InvalidInput(
            f"The roster {path} is not a gradebook exported from Canvas: its columns must begin "
            f"with {', '.join(CANVAS_PERSON)}."
        )
    people: dict[Person, tuple[str, ...]] = {}
    possible: tuple[str, ...] = ()
    for row in rows[1:]:
        cells = dict(zip(header, row, strict=False))
        if row and POINTS_POSSIBLE.strip() in row[0]:
            possible = tuple(row)
        elif cells.get("ID", "").strip():
            name = cells.get("Student") or f"{row[0]}, {row[1]}"
            rest = (cells.get(column, "") for column in CANVAS_PERSON[1:])
            people[(name, *rest)] = tuple(row)
    return Roster(tuple(header), possible, people)


def _canvas(
    out: Path, rows: Sequence[Row], policy: LatePolicy | None, roster: Roster | None
) -> Exported:
    lessons = sorted({row.submission.lesson for row in rows if row.submission.lesson})
    marks: dict[tuple[Person, str], dict[str, float]] = defaultdict(dict)
    unmatched = []
    index = _index(roster)
    for row in rows:
        mark = final(row, policy)
        if mark is None or row.submission.lesson is None:
            continue
        person = _person(row, index)
        if person is None:
            unmatched.append(row.submission.name)
            continue
        # Without a roster nothing says that two equal names are one student.
        found = marks[person, "" if roster else row.submission.key]
        found[row.submission.lesson] = max(mark, found.get(row.submission.lesson, mark))
    columns = [_column(rows, lesson, roster) for lesson in lessons]
    header = [*CANVAS_PERSON, *(column.name for column in columns)]
    possible = [POINTS_POSSIBLE, "", "", "", "", *(column.possible for column in columns)]
    body = [
        [*map(cell, person), *(column.cell(person, found) for column in columns)]
        for (person, _), found in sorted(marks.items())
    ]
    path = out / "export" / "canvas.csv"
    write_whole(path, csv_text([header, possible, *body]).encode())
    people = [person for person, _ in marks]
    remarks = [column.remark for column in columns if column.remark]
    return Exported((path,), tuple(remarks + _canvas_remarks(unmatched, people, roster)))


class Column(msgspec.Struct, frozen=True):
    """One lesson's column in Canvas."""

    lesson: str
    name: str
    possible: str
    known: dict[Person, str]
    """What Canvas has for each student: an empty cell would clear it."""
    remark: str

    def cell(self, person: Person, marks: Mapping[str, float]) -> str:
        mark = marks.get(self.lesson)
        return self.known.get(person, "") if mark is None else number(mark)


def _column(rows: Sequence[Row], lesson: str, roster: Roster | None) -> Column:
    title, ours = lesson_title(lesson), _possible(rows, lesson)
    at = roster.column(lesson) if roster else None
    if roster is None:
        return Column(lesson, title, ours, {}, "")
    if at is None:
        remark = f"The roster has no column for {title}; importing will make a new assignment."
        return Column(lesson, title, ours, {}, remark)
    known = {person: row[at] for person, row in roster.people.items() if at < len(row)}
    # The importer would take ours for a change of the assignment.
    theirs = roster.possible[at] if at < len(roster.possible) else ours
    same = _float(theirs) == _float(ours)
    remark = f"Canvas has {theirs} points for {title}, these marks are out of {ours}."
    return Column(lesson, roster.header[at], theirs, known, "" if same else remark)


def _float(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _canvas_remarks(
    unmatched: Sequence[str], people: Sequence[Person], roster: Roster | None
) -> list[str]:
    remarks = []
    if unmatched:
        remarks.append(f"Not in the roster, so not in the file: {', '.join(unmatched)}.")
    if roster is None:
        remarks.append(
            "Without a roster an empty cell clears a mark that Canvas has: give the gradebook "
            "exported from Canvas as --roster."
        )
        if not all(person[1] for person in people):
            remarks.append("Canvas finds students by its own ID, and some rows have none.")
    return remarks


def _possible(rows: Sequence[Row], lesson: str) -> str:
    most = (r.outcome.max_points for r in rows if r.outcome and r.submission.lesson == lesson)
    return number(max(most, default=None))


def _index(roster: Roster | None) -> dict[str, Person] | None:
    """Every way of naming a student to the student; ways that two students share are left out."""
    if roster is None:
        return None
    found: dict[str, set[Person]] = defaultdict(set)
    for person in roster.people:
        name, canvas_id, sis_id, login, _ = person
        found[f"id:{canvas_id}"].add(person)
        for way in (sis_id, login, login.partition("@")[0], _words(name), _squashed(name)):
            if way:
                found[way.casefold()].add(person)
    return {way: next(iter(people)) for way, people in found.items() if len(people) == 1}


def _person(row: Row, index: dict[str, Person] | None) -> Person | None:
    one = row.submission
    if index is None:
        return (one.student, one.canvas_id, "", "", "")
    if one.canvas_id:
        return index.get(f"id:{one.canvas_id}")
    email = one.key.removeprefix("gradescope:")
    ways = (email, email.partition("@")[0], one.name, one.student, _words(one.student),
            _squashed(one.student))  # fmt: skip
    return next((index[way.casefold()] for way in ways if way.casefold() in index), None)


def _words(name: str) -> str:
    """``Adams, Alice`` and ``Alice Adams`` are one name."""
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))


def _squashed(name: str) -> str:
    """As Canvas writes names into file names."""
    return re.sub(r"[\W_]+", "", name.casefold())
