"""The instructor's page: one file, no network, made from the gradebook."""

from __future__ import annotations

import base64
import hashlib
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from autograder.course.misconceptions import Explain, explain_nothing
from autograder.files import write_whole
from autograder.gradebook.due import LatePolicy, deduction, final, stored_policy
from autograder.gradebook.records import Adjustment, Row
from autograder.gradebook.store import Gradebook
from autograder.model import Event, GradingPackage, Status
from autograder.outputs.report.similar import OwnCode, Pair, near_identical
from autograder.outputs.report.stats import (
    ENOUGH_STUDENTS,
    ExerciseStats,
    LessonStats,
    lesson_parts,
    lesson_stats,
    lesson_title,
)
from autograder.outputs.results import number

MAX_EVENTS = 500
SLOWEST = 5
ENOUGH_FOR_HINTS = 30
"""With fewer students a weak discrimination is mostly chance: shown, but not pointed at."""
COMMON_SHARE = 0.1
"""A misconception that this share of the class has deserves a minute of the next lecture."""
KINDS = {
    "error": ("error", "errors"), "crash": ("crash", "crashes"),
    "timeout": ("time-out", "time-outs"), "memory": ("out of memory", "out of memory"),
    "refused": ("refused", "refused"), "output": ("too much output", "too much output"),
    "protocol violation": ("protocol violation", "protocol violations"),
}  # fmt: skip
UNSAFE_TIERS = {"none", "D"}
TEMPLATES = files("autograder.outputs.report") / "templates"


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.outputs.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    made.filters["pts"] = number
    made.filters["lesson"] = lesson_title
    made.filters["mean"] = lambda value: number(round(value, 1))
    made.filters["shorten"] = shorten
    return made


def shorten(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"


def asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def write_report(
    book: Gradebook,
    out: Path,
    explain: Explain = explain_nothing,
    outcomes: Mapping[str, str] | None = None,
) -> Path:
    """Write ``report.html``.

    Args:
        book: the gradebook.
        out: the folder to write to.
        explain: names the misconception that a pattern of failed tests shows.
        outcomes: for each exercise, ``repr`` of what the prediction should have been.
    """
    rows, packages, policy = book.rows(), book.packages(), stored_policy(book)
    script = asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    lessons = lesson_stats(rows, packages, explain, outcomes or {})
    pairs = similar_pairs(book, rows, packages)
    context = {
        "css": asset("base.css"), "script": script, "script_hash": digest,
        "enough": ENOUGH_STUDENTS, "lessons": lessons, "pairs": pairs,
        "run": {"engine": "none", "versions": {}} | book.last_run(),
        "written": datetime.now().strftime("%d %B %Y, %H:%M"),
        "hints": _hints(rows, lessons, pairs, policy), "policy": str(policy) if policy else "",
        **_class_context(rows, policy),
    }  # fmt: skip
    path = out / "report.html"
    html = environment().get_template("report.html.j2").render(context)
    write_whole(path, html.encode("utf-8", "replace"))
    return path


def _class_context(rows: Sequence[Row], policy: LatePolicy | None) -> dict[str, Any]:
    refused = [row for row in rows if row.outcome is None]
    graded = [row for row in rows if row.outcome is not None]
    events = [(row, event) for row in rows for event in row.events()]
    tiers = sorted({row.outcome.tier for row in graded if row.outcome})
    shares = [share for row in graded if (share := _share(row)) is not None]
    seconds = [row.seconds for row in graded]
    return {
        "counts": _counts(rows), "refused": refused, "tiers": tiers,
        "unsafe": bool(UNSAFE_TIERS & set(tiers)),
        "median": round(100 * statistics.median(shares)) if shares else None,
        "events": events[:MAX_EVENTS], "events_left_out": max(0, len(events) - MAX_EVENTS),
        "event_counts": _kinds(events),
        "students": {row.submission.name: row.submission.student for row in rows},
        "seconds": {"total": sum(seconds), "median": statistics.median(seconds or [0.0])},
        "slowest": sorted(graded, key=lambda row: -row.seconds)[:SLOWEST],
        "adjusted": _adjusted(rows),
        "table": [
            _line(row, policy)
            for row in sorted(rows, key=lambda row: row.submission.student.casefold())
        ],
    }  # fmt: skip


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    states = Counter(row.status for row in rows)
    return {
        "all": len(rows),
        "graded": states[Status.GRADED],
        "troubled": states[Status.WITH_PROBLEMS],
        "refused": states[Status.NOT_GRADED],
        "adjusted": sum(bool(row.adjustments) for row in rows),
    }


def _kinds(events: Sequence[tuple[Row, Event]]) -> list[str]:
    counts = Counter(str(event.kind) for _, event in events).most_common()
    return [f"{count} {KINDS.get(kind, (kind, kind))[count > 1]}" for kind, count in counts]


def _adjusted(rows: Sequence[Row]) -> list[tuple[Row, Adjustment, float | None]]:
    """Every mark that a person decided, and what the tests alone gave."""
    found = []
    for row in rows:
        sections = row.outcome.sections if row.outcome else ()
        computed = {section.exercise: section.points for section in sections}
        found += [(row, made, computed.get(made.exercise)) for made in row.adjustments]
    return found


def _share(row: Row) -> float | None:
    if row.outcome is None or row.total is None or not row.outcome.max_points:
        return None
    return row.total / row.outcome.max_points


def _line(row: Row, policy: LatePolicy | None) -> dict[str, Any]:
    """One row of the table of students."""
    one, share = row.submission, _share(row)
    marks = [
        {
            "points": row.points(section),
            "share": row.points(section) / (section.max_points or 1.0),
            "title": f"{section.exercise}: {number(row.points(section))} of "
            f"{number(section.max_points)}",
            "adjusted": row.adjustment(section.exercise) is not None,
        }
        for section in (row.outcome.sections if row.outcome else ())
    ]
    title = lesson_title(one.lesson)
    number_, heading = lesson_parts(one.lesson)
    return {
        "name": one.name, "student": one.student, "title": title, "number": number_,
        "heading": heading, "marks": marks,
        "late": deduction(row, policy), "final": final(row, policy),
        "total": row.total, "percent": None if share is None else round(100 * share),
        "status": row.status, "attempts": row.attempts, "seconds": row.seconds,
        "text": f"{one.student} {one.name} {one.lesson or ''} {title}".lower(),
    }  # fmt: skip


def _hints(
    rows: Sequence[Row],
    lessons: Sequence[LessonStats],
    pairs: Sequence[Pair],
    policy: LatePolicy | None,
) -> list[tuple[str, str]]:
    """What deserves the instructor's first minutes, each with where it is shown."""
    counts = _counts(rows)
    hints: list[tuple[str, str]] = []
    if counts["refused"]:
        hints.append((f"{_many(counts['refused'], 'submission')} could not be graded", "trouble"))
    if counts["troubled"]:
        hints.append((f"{_many(counts['troubled'], 'submission')} had problems running", "trouble"))
    for lesson in lessons:
        for exercise in lesson.exercises:
            texts = _test_hints(exercise) + _misconception_hints(exercise)
            hints += [(text, f"exercise-{exercise.name}") for text in texts]
    if late := sum(deduction(row, policy) is not None for row in rows):
        hints.append((f"{_many(late, 'submission')} handed in late", "table"))
    if pairs:
        hints.append((f"{_many(len(pairs), 'pair')} with nearly the same code", "alike"))
    return hints


def _test_hints(exercise: ExerciseStats) -> list[str]:
    """The hardest test of an exercise, and how many tests tell nothing."""
    hints = []
    hard = sorted((test for test in exercise.tests if test.is_hard), key=lambda test: test.share)
    if hard:
        others = f", and {_many(len(hard) - 1, 'other test')} are hard" if hard[1:] else ""
        share = round(100 * hard[0].share)
        title = hard[0].title
        hints.append(f"{exercise.name}: only {share} % pass \u201c{title}\u201d{others}")
    weak = [test for test in exercise.tests if test.is_weak and test.count >= ENOUGH_FOR_HINTS]
    if weak:
        tell = "tells" if len(weak) == 1 else "tell"
        many = _many(len(weak), "test")
        hints.append(f"{exercise.name}: {many} hardly {tell} strong from weak work")
    return hints


def _misconception_hints(exercise: ExerciseStats) -> list[str]:
    """The commonest misconception, where it is common."""
    most = exercise.misconceptions[:1]
    enough = max(2.0, COMMON_SHARE * exercise.distribution.count)
    return [
        f"{exercise.name}: {one.count} students share a misconception. {one.text}"
        for one in most
        if one.count >= enough
    ]


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def similar_pairs(
    book: Gradebook, rows: Sequence[Row], packages: Mapping[str, GradingPackage]
) -> list[Pair]:
    pairs: list[Pair] = []
    for lesson, package in packages.items():
        own = OwnCode(package)
        code = {
            row.submission.name: own.lines(book.notebook(row.submission.content_hash))
            for row in rows
            if row.submission.lesson == lesson
        }
        pairs += near_identical(lesson, code)
    return pairs
