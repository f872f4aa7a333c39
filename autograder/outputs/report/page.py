"""The instructor's page: one file, no network, made from the gradebook."""

from __future__ import annotations

import base64
import hashlib
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.predictions import WhatHappens
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.gradebook.settings import rule_lines
from autograder.gradebook.store import Gradebook
from autograder.model import Event, Status
from autograder.outputs.report.alike import own_work
from autograder.outputs.report.hints import first_hints, hints
from autograder.outputs.report.links import People
from autograder.outputs.report.render import asset, environment
from autograder.outputs.report.rows import decided, key, page_name, sections, share, student_name
from autograder.outputs.report.stats import (
    ENOUGH_STUDENTS,
    MAX_BEHAVIOURS,
    lesson_parts,
    lesson_stats,
    lesson_title,
)
from autograder.text import number
from autograder.versions import graded_with

MAX_EVENTS = 500
SLOWEST = 5
KINDS = {
    "error": ("error", "errors"), "crash": ("crash", "crashes"),
    "timeout": ("time-out", "time-outs"), "memory": ("out of memory", "out of memory"),
    "refused": ("refused", "refused"), "output": ("too much output", "too much output"),
    "protocol violation": ("protocol violation", "protocol violations"),
}  # fmt: skip
UNSAFE_TIERS = {"none", "D"}


def write_report(
    book: Gradebook,
    out: Path,
    outcomes: Mapping[str, WhatHappens] | None = None,
    missing: Sequence[str] = (),
) -> Path:
    """Write ``report.html``.

    Args:
        book: the gradebook.
        out: the folder to write to.
        outcomes: for each exercise, what the prediction should have been.
        missing: names of students who have not handed in.
    """
    rows, packages = book.rows(), book.packages()
    lessons = lesson_stats(rows, packages, outcomes or {})
    work = own_work(book, rows, packages)
    counts = _counts(rows) | {
        "missing": len(missing), "untouched": len(work.untouched), "alike": len(work.pairs),
    }  # fmt: skip
    run = {"engine": "none", "versions": {}} | book.last_run()
    versions = run["versions"]
    script = asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    context = {
        "css": asset("base.css"), "script": script, "script_hash": digest,
        "enough": ENOUGH_STUDENTS, "most_behaviours": MAX_BEHAVIOURS, "lessons": lessons,
        "pairs": work.pairs, "untouched": list(map(key, work.untouched)),
        "missing": sorted(missing, key=str.casefold),
        "run": run, "graded_with": graded_with(versions) if "python" in versions else "",
        "written": datetime.now().astimezone().strftime("%d %B %Y, %H:%M %Z"),
        "counts": counts, "hints": [*first_hints(book, rows), *hints(counts, lessons)],
        "policy": " ".join(rule_lines(book.class_settings(), rows)),
        **_class_context(rows),
    }  # fmt: skip
    path = out / "report.html"
    html = environment().get_template("report.html.j2").render(context)
    write_whole(path, html.encode("utf-8", "replace"))
    return path


def _class_context(rows: Sequence[Row]) -> dict[str, Any]:
    graded = [row for row in rows if row.outcome is not None]
    events = [(row, event) for row in rows for event in row.events()]
    tiers = sorted({row.outcome.tier for row in graded if row.outcome})
    shares = [part for row in graded if (part := share(row)) is not None]
    seconds = [row.seconds for row in graded]
    people = People(rows)
    return {
        "people": people,
        "refused": [row for row in rows if row.outcome is None],
        "tiers": tiers,
        "unsafe": bool(UNSAFE_TIERS & set(tiers)),
        "median": round(100 * statistics.median(shares)) if shares else None,
        "events": events[:MAX_EVENTS],
        "events_left_out": max(0, len(events) - MAX_EVENTS),
        "event_counts": _kinds(events),
        "kinds": {kind: one for kind, (one, _) in KINDS.items()},
        "seconds": {"total": sum(seconds), "median": statistics.median(seconds or [0.0])},
        "slowest": sorted(graded, key=lambda row: -row.seconds)[:SLOWEST],
        "decisions": [(row, made, computed) for row in rows for made, computed in decided(row)],
        "table": [_line(row, people) for row in people.rows],
    }


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    states = Counter(row.status for row in rows)
    return {
        "all": len(rows),
        "graded": states[Status.GRADED],
        "troubled": states[Status.WITH_PROBLEMS],
        "refused": states[Status.NOT_GRADED],
        "decided": sum(bool(row.adjustments) for row in rows),
        "late": sum(row.lateness is not None for row in rows),
    }


def _kinds(events: Sequence[tuple[Row, Event]]) -> list[str]:
    counts = Counter(str(event.kind) for _, event in events).most_common()
    return [f"{count} {KINDS.get(kind, (kind, kind))[count > 1]}" for kind, count in counts]


def _line(row: Row, people: People) -> dict[str, Any]:
    """One row of the table of students."""
    part = share(row)
    points = [
        {
            "points": row.points(section),
            "share": row.points(section) / (section.max_points or 1.0),
            "title": f"{section.exercise}: {number(row.points(section))} of "
            f"{number(section.max_points)}",
            "decided": row.adjustment(section.exercise) is not None,
        }
        for section in sections(row)
    ]
    lesson = row.submission.lesson
    title = lesson_title(lesson)
    number_, heading = lesson_parts(lesson)
    name, student = page_name(row), student_name(row)
    return {
        "name": name, "student": student, "address": people.link(row).address,
        "title": title, "number": number_, "heading": heading, "exercises": points,
        "late": row.lateness, "final": row.final,
        "total": row.total, "percent": None if part is None else round(100 * part),
        "status": row.status, "attempts": row.attempts, "seconds": row.seconds,
        "text": f"{student} {name} {lesson or ''} {title}".lower(),
    }  # fmt: skip
