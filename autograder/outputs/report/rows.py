"""What the pages read of a gradebook's row, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from autograder.gradebook.records import HandMark, Row
from autograder.model import SectionOutcome

EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0
"""2000 and 2100: what lies outside is no time of handing in."""


def page_name(row: Row) -> str:
    """The student's page, without its suffix."""
    return row.submission.name


def student_name(row: Row) -> str:
    """What to call the student."""
    return row.student.name or row.submission.student


def key(row: Row) -> tuple[str, str]:
    """What tells one row of the class from another."""
    return page_name(row), row.submission.lesson or f"file {row.submission.attempt}"


def share(row: Row) -> float | None:
    """The total over the most there is to get, before lateness; None where nothing was graded."""
    if row.outcome is None or row.total is None or not row.outcome.max_points:
        return None
    return row.total / row.outcome.max_points


def handed_in_at(row: Row) -> float | None:
    """Seconds since 1970, where a believable time is known."""
    at = row.submission.submitted_at
    return at if at is not None and EARLIEST <= at < LATEST else None


def sections(row: Row) -> tuple[SectionOutcome, ...]:
    """The exercises that were judged."""
    return row.outcome.sections if row.outcome else ()


def decided(row: Row) -> Iterator[tuple[HandMark, float | None]]:
    """Every decision of a person that counts, and what the tests alone gave."""
    computed = {section.exercise: section.points for section in sections(row)}
    for made in row.adjustments:
        yield made, computed.get(made.exercise)


def decision(made: HandMark) -> dict[str, Any]:
    """A person's decision as a page tells it."""
    day = f"{datetime.fromtimestamp(made.made_at, UTC):%d %b %Y}"
    return msgspec.structs.asdict(made) | {"day": day}
