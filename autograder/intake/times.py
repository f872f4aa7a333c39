"""Moments: what may be believed, and how sources write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
OTTER_TIME = re.compile(r"_?(\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d)(?:_\d{1,6})?")
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s*(\S{0,40})")
OFFSET = re.compile(r"[+-]\d\d:?\d\d")


def sane(moment: float | None) -> float | None:
    """The moment, or None if no hand-in can be from then.

    Years such as 1980, which archives write for "unknown", and 9999 say nothing.
    """
    return moment if moment is not None and EARLIEST <= moment < LATEST else None


def local(text: str, form: str) -> float | None:
    """A moment written without a zone, read on this computer's clock."""
    try:
        return sane(datetime.strptime(text, form).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def otter_time(name: str) -> float | None:
    """The moment that ``grader.export()`` of otter writes into a zip's name.

    Otter writes the student's local time and names no zone.
    """
    match = OTTER_TIME.search(name)
    return local(match[1], "%Y_%m_%dT%H_%M_%S") if match else None


def stamp(text: str) -> float | None:
    """A moment such as ``2026-11-20 10:11:12.105020 America/Los_Angeles``; no zone means UTC."""
    match = STAMP.match(text.strip())
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    try:
        naive = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}")
        return sane(naive.replace(tzinfo=_zone(zone)).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _zone(name: str) -> tzinfo:
    """The zone of a name or an offset.

    Raises:
        ValueError: there is no such zone.
    """
    if name in ("", "Z", "UTC"):
        return UTC
    if OFFSET.fullmatch(name):
        return datetime.strptime(name.replace(":", ""), "%z").tzinfo or UTC
    try:
        return ZoneInfo(name)
    except KeyError:
        raise ValueError(f"zone is {name!r}, which is none") from None
