"""One page for each student: points, ideas to revisit, and the notebook as it was handed in."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from autograder.cells import released_cells
from autograder.course.predictions import WhatHappens
from autograder.diagnosis.naming import failed_tests
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage, NotebookOutcome, SectionOutcome
from autograder.outputs.report.findings import findings_of, told_test
from autograder.outputs.report.render import Page, asset, render_all, sorry
from autograder.outputs.report.rows import decision, page_name, student_name
from autograder.outputs.report.stats import lesson_parts, lesson_title

HEAD_BYTES = 1_000
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
log = logging.getLogger(__name__)


class Telling(NamedTuple):
    """What the pages say beyond the gradebook's rows."""

    show_expected: bool
    """Whether a counterexample is shown with what should have come."""
    outcomes: Mapping[str, WhatHappens]
    packages: Mapping[str, GradingPackage]
    headings: Mapping[str, Mapping[str, str]]
    """Of each lesson, the exercises to the headings of their sections: where to read again."""


def write_feedback(
    book: Gradebook,
    out: Path,
    outcomes: Mapping[str, WhatHappens] | None = None,
    jobs: int = 1,
    on_page: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write ``feedback/<submission>.html`` where it would differ from what is there.

    A page that cannot be made says so, and the others come out.

    Args:
        book: the gradebook.
        out: the folder to write to.
        outcomes: for each exercise, what the prediction should have been.
        jobs: processes to render notebooks with.
        on_page: told how many pages of how many are done.

    Returns:
        The number of pages written.
    """
    folder = out / "feedback"
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in book.rows():
        groups[page_name(row)].append(row)
    telling = _telling(book, outcomes or {})
    _remove_stale(folder, groups)
    # Made twice rather than kept: with its notebook, what a page says takes half a megabyte.
    due = [name for name, rows in groups.items() if not _is_current(folder, name, rows, telling)]
    made = _rendered(book, {name: groups[name] for name in due}, telling, jobs)
    for done, (name, html) in enumerate(made, 1):
        write_whole(folder / f"{name}.html", html)
        on_page(done, len(due))
    return len(due)


def _rendered(
    book: Gradebook, groups: Mapping[str, Sequence[Row]], telling: Telling, jobs: int
) -> Iterator[tuple[str, bytes]]:
    """Each page's name and bytes; last of all, those that say that a page cannot be made."""
    broken: list[str] = []

    def pages() -> Iterator[Page]:
        """The pages that can be made, each read when its turn comes."""
        for name, rows in groups.items():
            page = _page(name, rows, telling, book)
            if page is None:
                broken.append(name)
            else:
                yield page

    released = {lesson: package.released for lesson, package in telling.packages.items()}
    yield from render_all(pages(), len(groups), released, jobs)
    yield from map(sorry, broken)


def _page(
    name: str, rows: Sequence[Row], telling: Telling, book: Gradebook | None = None
) -> Page | None:
    """What a page says, with the notebooks where a gradebook is given; None if that fails."""
    try:
        hashes = [row.submission.content_hash for row in rows if book]
        notebooks = [book.notebook(known) if book and known else None for known in hashes]
        lessons = [row.submission.lesson or "" for row in rows]
        return Page(name, _context(name, rows, telling), notebooks, lessons)
    except Exception as error:  # One student's record, however odd, costs that page only.
        log.warning("The page of %s cannot be made: %s: %s", name, type(error).__name__, error)
        return None


def _telling(book: Gradebook, outcomes: Mapping[str, WhatHappens]) -> Telling:
    packages = book.packages()
    return Telling(
        book.class_settings().show_expected,
        outcomes,
        packages,
        {lesson: headings(package) for lesson, package in packages.items()},
    )


def _is_current(folder: Path, name: str, rows: Sequence[Row], telling: Telling) -> bool:
    path = folder / f"{name}.html"
    if not path.is_file() or (page := _page(name, rows, telling)) is None:
        return False
    with path.open("rb") as file:
        return str(page.context["source_hash"]).encode() in file.read(HEAD_BYTES)


def _remove_stale(folder: Path, wanted: Mapping[str, Any]) -> None:
    for path in folder.glob("*.html"):
        if path.stem not in wanted:
            path.unlink()


def _context(name: str, rows: Sequence[Row], telling: Telling) -> dict[str, Any]:
    parts = [_part(row, telling, alone=len(rows) == 1) for row in rows]
    engines = {row.outcome.engine for row in rows if row.outcome}
    context: dict[str, Any] = {
        "name": name,
        "student": student_name(rows[0]),
        "parts": parts,
        "engine": ", ".join(sorted(engines)) or "autograder",
    }
    packages = [telling.packages.get(row.submission.lesson or "") for row in rows]
    released = [package.digest if package else "" for package in packages]
    content = [row.submission.content_hash for row in rows]
    shown = json.dumps([context, content, released, asset("feedback.html.j2"), asset("base.css")])
    context["source_hash"] = hashlib.sha256(shown.encode()).hexdigest()
    return context


def _part(row: Row, telling: Telling, alone: bool) -> dict[str, Any]:
    """What the page says of one lesson.

    Args:
        row: the student's row for the lesson.
        telling: what the pages say beyond it.
        alone: whether the page holds this lesson only, so that its cells need no lesson's name.
    """
    lesson = row.submission.lesson or ""
    part: dict[str, Any] = {
        "title": lesson_title(row.submission.lesson) or row.submission.source,
        "number": lesson_parts(row.submission.lesson)[0],
        "anchor": row.submission.lesson or "file",
        "cells_of": "" if alone else lesson or f"file-{row.submission.attempt}",
        "outcome": None,
        "max_points": None,
        "decided": [],
        "problem": row.problem,
    }
    if row.total is None:
        return part
    late = row.lateness
    part |= {
        "total": row.total,
        "final": row.final,
        "late": msgspec.structs.asdict(late) if late else None,
    }
    if row.outcome is None:
        return part | {"decided": [decision(made) for made in row.adjustments]}
    return part | _graded(row, row.outcome, telling)


def _graded(row: Row, outcome: NotebookOutcome, telling: Telling) -> dict[str, Any]:
    """What the page says of a lesson's exercises, and of the attempt that counts."""
    places = telling.headings.get(row.submission.lesson or "", {})
    return {
        "outcome": "graded",
        "max_points": outcome.max_points,
        "attempt": row.submission.attempt,
        "attempts": row.attempts,
        "events": [event.sentence for event in outcome.events],
        "exercises": [
            _exercise(row, section, telling) | {"place": places.get(section.exercise, "")}
            for section in outcome.sections
        ],
    }


def headings(package: GradingPackage) -> dict[str, str]:
    """Exercise to the first heading of its section: where to read again."""
    found: dict[str, str] = {}
    for cell in released_cells(package.released):
        heading = HEADING.search(cell.source)
        if cell.exercise and heading and cell.kind == "markdown":
            found.setdefault(cell.exercise, heading[1])
    return found


def _exercise(row: Row, section: SectionOutcome, telling: Telling) -> dict[str, Any]:
    made = row.adjustment(section.exercise)
    findings, failed = findings_of(section, telling.show_expected)
    happens = telling.outcomes.get(section.exercise)
    return {
        "name": section.exercise,
        "points": row.points(section),
        "computed": section.points,
        "max_points": section.max_points,
        "decision": decision(made) if made else None,
        "events": [event.sentence for event in section.events],
        "rerun": section.rerun,
        "findings": findings,
        "undiagnosed": section.undiagnosed,
        "predicted": section.prediction,
        "outcome": [happens.text, happens.band, happens.yardstick.why] if happens else None,
        "predicted_right": bool(happens and happens.agrees(section.prediction or "")),
        "passed": [told_test(test) for test in section.tests if test.passed],
        "failed": failed,
        "failed_in_all": sum(not test.passed for test in section.tests),
        # Twenty hints about code that never ran would hide the one thing to repair.
        "nothing_passed": not findings and len(failed_tests(section)) >= len(section.tests) - 1,
    }
