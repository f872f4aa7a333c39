"""Points for other systems: which format is written by which module, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from autograder.errors import InvalidInput
from autograder.files import write_whole
from autograder.gradebook.decisions import unmatched
from autograder.gradebook.late_rule import LatePolicy
from autograder.gradebook.people import described
from autograder.gradebook.records import Row
from autograder.gradebook.settings import EVERY_LESSON, ClassSettings, find_lesson, rule_lines
from autograder.gradebook.store import Gradebook
from autograder.intake.submission import TimeSource
from autograder.outputs.canvas import write_canvas
from autograder.outputs.csv_tables import BYTE_ORDER_MARK, csv_text, marks_table
from autograder.outputs.gradescope import write_gradescope
from autograder.outputs.moodle import write_moodle

Format = Literal["gradescope", "canvas", "moodle", "csv"]
NAMED_LIMIT = 12


class Exported(msgspec.Struct, frozen=True):
    """What was written, and what the instructor should know about it."""

    paths: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def export(
    out: Path,
    form: Format,
    policy: LatePolicy | Mapping[str, LatePolicy] | None = None,
    roster: Path | None = None,
    columns: Sequence[str] = (),
    lessons: Sequence[str] = (),
    class_file: Path | None = None,
) -> Exported:
    """Write the points in ``form`` below ``out/export``, the late rule applied.

    Args:
        out: the folder that ``grade`` wrote.
        form: gradescope, canvas, moodle or csv.
        policy: due dates, one for all lessons or each lesson's own. Without a class file they are
            remembered, so that pages explain them; with one they hold for this export only. None
            takes what is known.
        roster: a roster to use from now on: for Canvas the gradebook it exports, for Moodle the
            grading worksheet.
        columns: names of the columns to fill, as ``NAME`` or ``LESSON=NAME``.
        lessons: what to export, by slug or number; everything when empty.
        class_file: a class file to use from now on.

    Raises:
        ValueError: the gradebook, the roster, or an argument cannot be used.
    """
    with Gradebook.open(out) as book:
        settings = book.set_up(class_file, roster)
        settings, remarks = _overridden(book, settings, policy)
        rows = book.rows(settings)
        if lessons:
            wanted = {find_lesson(one, book.lessons()) for one in lessons}
            rows = [row for row in rows if row.submission.lesson in wanted | {None}]
        remarks += rule_lines(settings, rows) + _late_remarks(rows)
        made = _write(book, out, form, rows, _columns(columns, rows))
        left_out = _left_out(book, rows) if form in ("canvas", "moodle") else []
    return Exported(made.paths, (*made.remarks, *left_out, *remarks))


def _overridden(
    book: Gradebook, settings: ClassSettings, policy: LatePolicy | Mapping[str, LatePolicy] | None
) -> tuple[ClassSettings, list[str]]:
    """The settings with a command's due dates, and a sentence where these outdo the class file."""
    if policy is None:
        return settings, []
    due = {EVERY_LESSON: policy} if isinstance(policy, LatePolicy) else dict(policy)
    settings = msgspec.structs.replace(settings, due=due)
    if book.class_file() is None:
        book.use_due(due)
        return settings, []
    return settings, [
        f"The due dates of this command override {book.class_file()} for this export."
    ]


def _write(
    book: Gradebook, out: Path, form: Format, rows: Sequence[Row], columns: Mapping[str, str]
) -> Exported:
    folder = out / "export"
    if form == "gradescope":
        return Exported(write_gradescope(folder, rows))
    if form == "canvas":
        return Exported(*write_canvas(folder, rows, book, columns))
    if form == "moodle":
        return Exported(*write_moodle(folder, rows, book, columns))
    path = folder / "marks.csv"
    text = csv_text(marks_table(rows, book.packages()))
    write_whole(path, (BYTE_ORDER_MARK + text).encode())
    return Exported((path,))


def _columns(given: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """Lesson to the name of the column that was asked for."""
    known = sorted({row.submission.lesson for row in rows if row.submission.lesson})
    found = {}
    for text in given:
        lesson, _, name = text.partition("=")
        try:
            found[find_lesson(lesson, known)] = name
        except InvalidInput:
            if len(known) != 1:
                raise InvalidInput(
                    f"column is {text!r}; there are several lessons, so write LESSON=NAME"
                ) from None
            found[known[0]] = text
    return found


def _left_out(book: Gradebook, rows: Sequence[Row]) -> list[str]:
    """Whose points are in no row of the file, and why."""
    remarks = []
    not_graded = [row.submission.name for row in rows if row.final is None]
    if not_graded:
        remarks.append(f"Not graded, so not in the file: {_named(not_graded)}.")
    ids = {row.student.id for row in rows}
    strangers = [one for one in unmatched(book) if one.id in ids]
    if strangers:
        remarks.append(
            f"No row in the roster, so not in the file: {_named(map(described, strangers))}. "
            "`autograder people link` says who somebody is."
        )
    remarks += book.matching().conflicts
    for lesson, absent in book.not_handed_in().items():
        if absent and any(row.submission.lesson == lesson for row in rows):
            remarks.append(f"{lesson} not handed in by {_named(one.name for one in absent)}.")
    return remarks


def _named(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - NAMED_LIMIT} more" if len(listed) > NAMED_LIMIT else ""
    return ", ".join(listed[:NAMED_LIMIT]) + more


def _late_remarks(rows: Sequence[Row]) -> list[str]:
    """Say where the late rule had little to go by."""
    late = [row.submission for row in rows if row.lateness]
    timeless = [one.name for one in late if one.submitted_at is None]
    stamped = [one.name for one in late if one.time_source == TimeSource.FILE_TIME]
    remarks = []
    if timeless:
        remarks.append(f"Marked late without a time, so nothing is taken off: {_named(timeless)}.")
    if stamped:
        remarks.append(
            "Late only by the time stamp of the file, which copying and unpacking change: "
            f"{_named(stamped)}."
        )
    return remarks
