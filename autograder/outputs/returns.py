"""Feedback pages in the shape in which each platform takes them back.

A page per student and lesson, which holds their own work only; each member of a group has one.

Canvas ("Upload submissions"; ``infer_comment_context_from_filename`` in
``app/models/abstract_assignment.rb`` of instructure/canvas-lms) finds student and submission by the
two numbers in the names of its own download, and attaches the file as a comment. A name whose last
part begins with "link" is ignored there as a page that Canvas made of an address. Moodle ("Upload
multiple feedback files in a zip"; ``is_valid_filename_for_import`` in
``mod/assign/feedback/file/importziplib.php`` of moodle/moodle) splits each folder's name at
underscores: full name, participant's number, plug-in. An assignment takes one zip, so there is one
for each lesson. Both were read, and not tried on a running site.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from autograder.course.predictions import WhatHappens
from autograder.errors import GradebookError, InvalidInput
from autograder.gradebook.records import Row
from autograder.gradebook.settings import find_lesson
from autograder.gradebook.store import Gradebook
from autograder.intake.layouts.canvas import ANONYMOUS, NAMED
from autograder.intake.submission import IdentifierKind
from autograder.outputs.export import Exported
from autograder.outputs.report.feedback import write_feedback
from autograder.outputs.report.rows import page_name, student_name
from autograder.text import printable

Platform = Literal["canvas", "moodle", "folder"]
PAGE = "feedback.html"
NAMED_LIMIT = 12
CANVAS_SHOWS = (
    "Canvas shows each page under the name of the student's own file: who downloads it has to add "
    ".html to its name."
)


class Returned(NamedTuple):
    """One page, and its path in what goes back."""

    row: Row
    path: str


def return_feedback(
    out: Path,
    platform: Platform,
    lessons: Sequence[str] = (),
    outcomes: Mapping[str, WhatHappens] | None = None,
    jobs: int = 1,
) -> Exported:
    """Write each student's pages below ``out/export``, as a platform takes them back.

    Args:
        out: the folder that ``grade`` wrote.
        platform: canvas, moodle, or folder for a folder of each student.
        lessons: what to return, by slug or number; everything when empty.
        outcomes: for each exercise, what the prediction should have been.
        jobs: processes to render pages with.

    Raises:
        ValueError: the gradebook or a lesson cannot be used, or no page can go back this way.
    """
    with Gradebook.open(out) as book, tempfile.TemporaryDirectory() as scratch:
        wanted = {find_lesson(one, book.lessons()) for one in lessons}
        by_lesson: dict[str, list[Row]] = defaultdict(list)
        for row in book.rows():
            if not wanted or row.submission.lesson in wanted:
                by_lesson[row.submission.lesson or ""].append(row)

        def pages(lesson: str) -> Path:
            place = Path(scratch) / (lesson or "not-graded")
            with _only(book, by_lesson[lesson]):
                write_feedback(book, place, outcomes, jobs)
            return place / "feedback"

        try:
            return _written(out / "export", platform, by_lesson, pages)
        except OSError as error:
            raise GradebookError(
                f"The pages in {out / 'export'} cannot be written: {error.strerror or error}."
            ) from error


@contextlib.contextmanager
def _only(book: Gradebook, rows: Sequence[Row]) -> Iterator[None]:
    """Meanwhile these are the gradebook's rows: a page then holds one lesson."""
    everybody = book.rows()
    book.remember_rows(rows)
    try:
        yield
    finally:
        book.remember_rows(everybody)


def _written(
    folder: Path,
    platform: Platform,
    by_lesson: Mapping[str, Sequence[Row]],
    pages: Callable[[str], Path],
) -> Exported:
    if platform == "folder":
        return Exported((_folders(folder / "feedback", by_lesson, pages),))
    name_of = {"canvas": _canvas_name, "moodle": _moodle_name}[platform]
    paths, left_out = [], []
    for lesson, rows in sorted(by_lesson.items()):
        returned = [Returned(row, name) for row in rows if lesson and (name := name_of(row))]
        kept = {id(one.row) for one in returned}
        left_out += [student_name(row) for row in rows if id(row) not in kept]
        if returned:
            path = folder / f"feedback-{platform}-{lesson}.zip"
            _write_zip(path, returned, pages(lesson))
            paths.append(path)
    if not paths:
        raise InvalidInput(_NOTHING[platform])
    remarks = [CANVAS_SHOWS] if platform == "canvas" else []
    if left_out:
        remarks.append(f"{_WITHOUT[platform]}, so without a page: {_named(left_out)}.")
    return Exported(tuple(paths), tuple(remarks))


_NOTHING = {
    "canvas": "feedback is canvas, and nobody's work comes from a download of Canvas; "
    "--feedback folder writes a folder for each student",
    "moodle": "feedback is moodle, and nobody has a participant's number of Moodle: grade its "
    "download, or give its grading worksheet as --roster",
}
_WITHOUT = {
    "canvas": "Not from a download of Canvas, or of no lesson",
    "moodle": "Without a participant's number of Moodle, or of no lesson",
}


def _canvas_name(row: Row) -> str:
    """The name of the file in Canvas's download, as a page; empty where it has no numbers."""
    if row.submission.layout != "canvas":
        return ""
    for part in PurePosixPath(row.submission.source).parts:
        match = NAMED.fullmatch(part) or ANONYMOUS.fullmatch(part)
        if match and match["number"]:
            stem = part.rpartition(".")[0] or part
            # Canvas takes a name that ends so for a page that it made itself, and ignores it.
            is_like_a_link = stem.rpartition("_")[2].startswith("link")
            return f"{stem}_feedback.html" if is_like_a_link else f"{stem}.html"
    return ""


def _moodle_name(row: Row) -> str:
    """The folder of a participant, with the page in it; empty without a participant's number."""
    people = row.submission.people
    own = next(
        (
            one.value
            for person in (people if len(people) == 1 else ())
            for one in person.identifiers
            if one.kind == IdentifierKind.MOODLE_ID
        ),
        row.student.identifier(IdentifierKind.MOODLE_ID),
    )
    digits = "".join(filter(str.isdecimal, own))
    if not digits:
        return ""
    # Moodle splits at underscores and at slashes.
    name = printable(student_name(row)).replace("_", " ").replace("/", " ").strip(". ")
    # Of somebody without a name, blind marking, Moodle writes what it calls everybody.
    called = "Participant" if name in ("", digits) else name
    return f"{called}_{digits}_assignsubmission_file_/{PAGE}"


def _write_zip(path: Path, returned: Iterable[Returned], pages: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    taken: set[str] = set()
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
        for row, name in returned:
            if name not in taken:
                taken.add(name)
                archive.write(pages / f"{page_name(row)}.html", name)
    half.replace(path)


def _folders(
    folder: Path, by_lesson: Mapping[str, Sequence[Row]], pages: Callable[[str], Path]
) -> Path:
    """A folder for each student with a page for each lesson; those of an earlier export go."""
    half = folder.with_name(folder.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for lesson, rows in by_lesson.items():
        made = pages(lesson)
        for row in rows:
            place = half / page_name(row)
            place.mkdir(exist_ok=True)
            shutil.copyfile(made / f"{page_name(row)}.html", place / f"{made.parent.name}.html")
    shutil.rmtree(folder, ignore_errors=True)
    half.replace(folder)
    return folder


def _named(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - NAMED_LIMIT} more" if len(listed) > NAMED_LIMIT else ""
    return ", ".join(listed[:NAMED_LIMIT]) + more
