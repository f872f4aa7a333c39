"""One page for each student: marks, ideas to revisit, and the notebook as it was handed in."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from autograder.course.misconceptions import Explain, explain_nothing, failed_tests, misconception
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage, SectionOutcome
from autograder.outputs.report.page import asset, environment
from autograder.outputs.report.stats import lesson_parts, lesson_title, title_of

HEAD_BYTES = 1_000
PARALLEL_FROM = 40
"""Fewer pages than this are quicker in one process."""
BATCH = 16

Page = tuple[str, dict[str, Any], list[bytes | None]]
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


class Telling(NamedTuple):
    """What the pages say beyond the gradebook's rows."""

    explain: Explain
    outcomes: Mapping[str, str]
    exercises: Mapping[str, Mapping[str, str]]
    """Of each lesson, the id of each released cell to the exercise it belongs to."""
    headings: Mapping[str, Mapping[str, str]]
    """Of each lesson, the exercises to the headings of their sections: where to read again."""


def write_feedback(
    book: Gradebook,
    out: Path,
    explain: Explain = explain_nothing,
    outcomes: Mapping[str, str] | None = None,
    jobs: int = 1,
    on_page: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write ``feedback/<submission>.html`` where it would differ from what is there.

    Args:
        book: the gradebook.
        out: the folder to write to.
        explain: names the misconception that a pattern of failed tests shows.
        outcomes: for each exercise, ``repr`` of what the prediction should have been.
        jobs: processes to render notebooks with.
        on_page: told how many pages of how many are done.

    Returns:
        The number of pages written.
    """
    folder = out / "feedback"
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in book.rows():
        groups[row.submission.name].append(row)
    telling = _telling(book, explain, outcomes or {})

    def context(name: str) -> dict[str, Any]:
        return _context(name, groups[name], telling)

    # Made twice rather than kept: with its notebook, what a page says takes half a megabyte.
    due = [name for name in groups if not _is_current(folder, name, context(name))]
    _remove_stale(folder, groups)
    pages = ((name, context(name), _notebooks(book, groups[name])) for name in due)
    for done, (name, html) in enumerate(_render_all(pages, len(due), jobs), 1):
        write_whole(folder / f"{name}.html", html)
        on_page(done, len(due))
    return len(due)


def _telling(book: Gradebook, explain: Explain, outcomes: Mapping[str, str]) -> Telling:
    packages = book.packages()
    return Telling(
        explain,
        outcomes,
        {lesson: exercise_of(package) for lesson, package in packages.items()},
        {lesson: headings(package) for lesson, package in packages.items()},
    )


def _notebooks(book: Gradebook, rows: Sequence[Row]) -> list[bytes | None]:
    hashes = [row.submission.content_hash for row in rows]
    return [book.notebook(known) if known else None for known in hashes]


def _is_current(folder: Path, name: str, context: Mapping[str, Any]) -> bool:
    path = folder / f"{name}.html"
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return str(context["source_hash"]).encode() in file.read(HEAD_BYTES)


def _remove_stale(folder: Path, wanted: Mapping[str, Any]) -> None:
    for path in folder.glob("*.html"):
        if path.stem not in wanted:
            path.unlink()


def _render_all(pages: Iterable[Page], count: int, jobs: int) -> Iterable[tuple[str, bytes]]:
    if jobs <= 1 or count < PARALLEL_FROM:
        yield from map(render, pages)
        return
    # Spawned, not forked: this process may have used threads.
    with ProcessPoolExecutor(min(jobs, count), mp_context=get_context("spawn")) as workers:
        batch: list[Page] = []
        for page in pages:
            batch.append(page)
            if len(batch) == BATCH * jobs:
                yield from workers.map(render, batch, chunksize=4)
                batch = []
        yield from workers.map(render, batch, chunksize=4)


def render(page: Page) -> tuple[str, bytes]:
    """One page's bytes."""
    from autograder.outputs.report.notebook_html import notebook_html

    name, context, notebooks = page
    for part, raw in zip(context["parts"], notebooks, strict=True):
        part["notebook"], part["sections"] = (
            notebook_html(raw, part["exercise_of"]) if raw else ("", set())
        )
    html = environment().get_template("feedback.html.j2").render(context, css=asset("base.css"))
    return name, html.encode("utf-8", "replace")


def _context(name: str, rows: Sequence[Row], telling: Telling) -> dict[str, Any]:
    parts = [_part(row, telling) for row in rows]
    engines = {row.outcome.engine for row in rows if row.outcome}
    context: dict[str, Any] = {
        "name": name,
        "student": rows[0].submission.student,
        "parts": parts,
        "engine": ", ".join(sorted(engines)) or "autograder",
    }
    shown = msgspec.json.encode(context) + asset("feedback.html.j2").encode()
    shown += asset("base.css").encode()
    shown += "".join(row.submission.content_hash for row in rows).encode()
    context["source_hash"] = hashlib.sha256(shown).hexdigest()
    return context


def _part(row: Row, telling: Telling) -> dict[str, Any]:
    lesson = row.submission.lesson or ""
    part: dict[str, Any] = {
        "title": lesson_title(row.submission.lesson) or row.submission.source,
        "number": lesson_parts(row.submission.lesson)[0],
        "anchor": row.submission.lesson or "file",
        "exercise_of": telling.exercises.get(lesson, {}),
        "outcome": None,
        "decided": [],
        "problem": row.problem,
    }
    if row.total is None:
        return part
    late = row.lateness
    part |= {"total": row.total, "late": msgspec.structs.asdict(late) if late else None}
    if row.outcome is None:
        return part | {"decided": [msgspec.structs.asdict(made) for made in row.adjustments]}
    places = telling.headings.get(lesson, {})
    return part | {
        "outcome": "graded",
        "max_points": row.outcome.max_points,
        "attempt": row.submission.attempt,
        "attempts": row.attempts,
        "events": [event.sentence for event in row.outcome.events],
        "exercises": [
            _exercise(row, section, telling) | {"place": places.get(section.exercise, "")}
            for section in row.outcome.sections
        ],
    }


def exercise_of(package: GradingPackage) -> dict[str, str]:
    """Id of each released cell to the exercise it belongs to."""
    cells = package.released["cells"]
    return {cell["id"]: cell["metadata"].get("exercise", "") for cell in cells}


def headings(package: GradingPackage) -> dict[str, str]:
    """Exercise to the first heading of its section: where to read again."""
    found: dict[str, str] = {}
    for cell in package.released["cells"]:
        exercise = cell["metadata"].get("exercise", "")
        heading = HEADING.search("".join(cell["source"]))
        if exercise and heading and cell["cell_type"] == "markdown":
            found.setdefault(exercise, heading[1])
    return found


def _exercise(row: Row, section: SectionOutcome, telling: Telling) -> dict[str, Any]:
    made = row.adjustment(section.exercise)
    tests = [
        {
            "title": title_of(test.name),
            "passed": test.passed,
            "points": test.points,
            "max_points": test.max_points,
            "message": test.message,
        }
        for test in section.tests
    ]
    return {
        "name": section.exercise,
        "points": row.points(section),
        "computed": section.points,
        "max_points": section.max_points,
        "adjustment": msgspec.structs.asdict(made) if made else None,
        "adjusted_on": f"{datetime.fromtimestamp(made.made_at, UTC):%d %b %Y}" if made else "",
        "events": [event.sentence for event in section.events],
        "rerun": section.rerun,
        "misconception": misconception(section, telling.explain),
        "predicted": section.prediction,
        "outcome": telling.outcomes.get(section.exercise, ""),
        "passed": [entry for entry in tests if entry["passed"]],
        "failed": [entry for entry in tests if not entry["passed"]],
        # Twenty hints about code that never ran would hide the one thing to repair.
        "nothing_passed": len(failed_tests(section)) >= len(section.tests) - 1,
    }
