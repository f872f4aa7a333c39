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

from autograder.feedback import SETTING, stored_policy
from autograder.gradebook import Gradebook, Row
from autograder.late import Lateness, LatePolicy, lateness
from autograder.model import GradingPackage
from autograder.packages import write_whole
from autograder.results import cell, csv_text, number, result_json, stems_in

Format = Literal["gradescope", "canvas", "csv"]
CANVAS_PERSON = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
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
        return _gradescope(out, rows, policy)
    if form == "canvas":
        return _canvas(out, rows, policy, _read_roster(roster) if roster else None)
    path = out / "export" / "grades.csv"
    write_whole(path, csv_text(plain_table(rows, packages, policy)).encode())
    return Exported((path,))


def deduction(row: Row, policy: LatePolicy | None) -> Lateness | None:
    return None if row.total is None else lateness(policy, row.submission, row.total)


def final(row: Row, policy: LatePolicy | None) -> float | None:
    """The marks that count: computed or adjusted, less the late deduction."""
    taken = deduction(row, policy)
    return row.total if row.total is None or taken is None else row.total - taken.deduction


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
    stems = stems_in(rows, packages)
    table = [
        ["submission", "student", "lesson", "attempt", "submitted_at", *stems, "computed",
         "adjusted", "late_deduction", "final", "max", "status", "why"]
    ]  # fmt: skip
    for row in rows:
        one, marks, taken = row.submission, row.marks(), deduction(row, policy)
        notes = [f"{made.stem}: {made.why} ({made.who})" for made in row.adjustments]
        notes += [taken.sentence] if taken else []
        notes += [row.problem] if row.problem else []
        computed = row.outcome.points if row.outcome else None
        table.append(
            [one.name, cell(one.student), one.lesson or "", str(one.attempt),
             _time(one.submitted_at), *(number(marks.get(stem)) for stem in stems),
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
    people: tuple[tuple[str, ...], ...]
    """The first five columns of each student."""

    def column(self, lesson: str) -> str:
        """The assignment's own column, so that Canvas updates it instead of making a new one."""
        wanted = _squashed(lesson)
        named = [name for name in self.header[len(CANVAS_PERSON) :] if wanted in _squashed(name)]
        return named[0] if named else lesson


def _read_roster(path: Path) -> Roster:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_ROSTER_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"The roster {path} cannot be read: {error}.") from None
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0][:2]) != CANVAS_PERSON[:2]:
        raise ValueError(
            f"The roster {path} is not a gradebook exported from Canvas: its columns must begin "
            f"with {', '.join(CANVAS_PERSON)}."
        )
    places = [rows[0].index(name) if name in rows[0] else -1 for name in CANVAS_PERSON]
    people = [
        tuple(row[at] if 0 <= at < len(row) else "" for at in places)
        for row in rows[1:]
        if row and row[0].strip() and len(row) > 1 and row[1].strip()
    ]
    return Roster(tuple(rows[0]), tuple(people))


def _canvas(
    out: Path, rows: Sequence[Row], policy: LatePolicy | None, roster: Roster | None
) -> Exported:
    lessons = sorted({row.submission.lesson for row in rows if row.submission.lesson})
    marks: dict[tuple[tuple[str, ...], str], dict[str, float]] = defaultdict(dict)
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
    header = [*CANVAS_PERSON, *(roster.column(lesson) if roster else lesson for lesson in lessons)]
    possible = [POINTS_POSSIBLE, "", "", "", "", *(_possible(rows, lesson) for lesson in lessons)]
    body = [
        [*map(cell, person), *(number(found.get(lesson)) for lesson in lessons)]
        for (person, _), found in sorted(marks.items())
    ]
    path = out / "export" / "canvas.csv"
    write_whole(path, csv_text([header, possible, *body]).encode())
    people = [person for person, _ in marks]
    return Exported((path,), tuple(_canvas_remarks(unmatched, people, roster)))


def _canvas_remarks(
    unmatched: Sequence[str], people: Sequence[tuple[str, ...]], roster: Roster | None
) -> list[str]:
    remarks = []
    if unmatched:
        remarks.append(f"Not in the roster, so not in the file: {', '.join(unmatched)}.")
    if roster is None and not all(person[1] for person in people):
        remarks.append(
            "Canvas finds students by its own ID, and some rows have none: give the gradebook "
            "exported from Canvas as the roster."
        )
    return remarks


def _possible(rows: Sequence[Row], lesson: str) -> str:
    most = (r.outcome.max_points for r in rows if r.outcome and r.submission.lesson == lesson)
    return number(max(most, default=None))


def _index(roster: Roster | None) -> dict[str, tuple[str, ...]] | None:
    """Every way of naming a student to the student; ways that two students share are left out."""
    if roster is None:
        return None
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for person in roster.people:
        name, canvas_id, sis_id, login, _ = person
        found[f"id:{canvas_id}"].add(person)
        for way in (sis_id, login, login.partition("@")[0], _words(name), _squashed(name)):
            if way:
                found[way.casefold()].add(person)
    return {way: next(iter(people)) for way, people in found.items() if len(people) == 1}


def _person(row: Row, index: dict[str, tuple[str, ...]] | None) -> tuple[str, ...] | None:
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
