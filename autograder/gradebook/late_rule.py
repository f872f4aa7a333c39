"""Due dates and the late rule: what a day costs, in the calendar of the class's time zone."""

from __future__ import annotations

import math
import os
import re
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from autograder.errors import InvalidInput
from autograder.gradebook.records import Lateness
from autograder.intake import Submission
from autograder.text import counted

RULE = re.compile(r"(\d+(?:\.\d+)?)\s*(%|points?)\s*(?:/|per|a)\s*(hour|day|week)", re.IGNORECASE)
SPAN = re.compile(
    r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.IGNORECASE
)  # fmt: skip
SPAN_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
CAP = re.compile(r"(\d+(?:\.\d+)?)\s*(%|points?)", re.IGNORECASE)
PERIOD_DAYS = {"day": 1, "week": 7}
HOUR = 3600.0
END_OF_DAY = clock(23, 59, 59, 999_999)


class LatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson's due date and the price of every period begun after it."""

    due: float
    """Seconds since 1970."""
    cost: float = 0.0
    """Percent of the points, or points, for each period begun."""
    unit: str = "%"
    period: str = "day"
    grace_seconds: float = 0.0
    cap: float | None = None
    """At most this much is taken off, in ``cap_unit``."""
    cap_unit: str = "%"
    nothing_after: float | None = None
    """Seconds after the due date from which on nothing is given."""
    zone: str = "UTC"

    def __str__(self) -> str:
        """The rule in one sentence."""
        due = f"Due {moment(self.due, self.zone)}"
        if not self.cost and self.nothing_after is None:
            return f"{due}; lateness costs nothing."
        parts = []
        if self.cost:
            parts.append(f"each {self.period} begun costs {price(self)}")
        if self.grace_seconds:
            parts.append(f"after {_span(self.grace_seconds)} of grace")
        if self.cap is not None:
            parts.append(f"at most {_amount(self.cap, self.cap_unit)}")
        if self.nothing_after is not None:
            parts.append(f"nothing is given after {_span(self.nothing_after)}")
        return f"{due}; {', '.join(parts)}."


def parse_policy(
    due: str,
    late: str = "",
    grace: str = "",
    cap: str = "",
    nothing_after: str = "",
    zone: str = "",
) -> LatePolicy:
    """Read ``--due 2026-11-20 --late 10%/day --grace 15min``.

    Raises:
        ValueError: naming the value that cannot be understood.
    """
    zone = zone or local_zone()
    policy = LatePolicy(due=due_moment(due, zone), zone=zone)
    if late:
        match = _read(RULE, "late", late, "a rule such as 10%/day or 2 points/hour")
        unit = "%" if match[2] == "%" else "points"
        policy = msgspec.structs.replace(
            policy, cost=float(match[1]), unit=unit, period=match[3].lower()
        )
    if grace:
        policy = msgspec.structs.replace(policy, grace_seconds=_seconds("grace", grace))
    if cap:
        match = _read(CAP, "cap", cap, "such as 50% or 10 points")
        unit = "%" if match[2] == "%" else "points"
        policy = msgspec.structs.replace(policy, cap=float(match[1]), cap_unit=unit)
    if nothing_after:
        seconds = _seconds("nothing_after", nothing_after)
        policy = msgspec.structs.replace(policy, nothing_after=seconds)
    return policy


def _read(pattern: re.Pattern[str], name: str, text: str, example: str) -> re.Match[str]:
    match = pattern.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(f"{name} is {text!r}; write {example}")
    return match


def _seconds(name: str, text: str) -> float:
    match = _read(SPAN, name, text, "a time such as 15min, 2h or 3 days")
    return float(match[1]) * SPAN_SECONDS[match[2][0].lower()]


def due_moment(due: str, zone: str) -> float:
    """Seconds since 1970 of a due date; without a time it is the end of that day.

    Raises:
        ValueError: the date is impossible, or the clock shows that hour twice or never.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", due.strip()):
            day = datetime.combine(date.fromisoformat(due.strip()), END_OF_DAY)
            return day.replace(tzinfo=ZoneInfo(zone)).timestamp()
        at = datetime.fromisoformat(due.strip())
    except ValueError:
        raise InvalidInput(
            f"due is {due!r}; write a date such as 2026-11-20 or 2026-11-20T23:59"
        ) from None
    if at.tzinfo is not None:
        return at.timestamp()
    first, second = (at.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() for fold in (0, 1))
    if first != second:
        often = "twice" if first < second else "never"
        raise InvalidInput(
            f"due is {due!r}, which the clock in {zone} shows {often} that day; add the offset "
            f"from UTC, such as {due.strip()}+00:00"
        )
    return first


def local_zone() -> str:
    """The name of this machine's time zone; UTC when it does not say."""
    link = os.environ.get("TZ", "").lstrip(":") or os.path.realpath("/etc/localtime")
    name = link.rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return "UTC"


def lateness(policy: LatePolicy | None, submission: Submission, total: float) -> Lateness | None:
    """What is taken from ``total``; None when the submission was in time or nothing is known."""
    if policy is None or (submission.submitted_at is None and not submission.late):
        return None
    if submission.submitted_at is None:
        source = submission.layout.capitalize() or "Canvas"
        return Lateness(
            deduction=0.0,
            sentence=f"Marked late by {source}, which says no time of handing in: "
            "nothing is taken off.",
        )
    over_seconds = submission.submitted_at - policy.due
    if over_seconds <= policy.grace_seconds:
        return None
    begun = periods(policy, submission.submitted_at)
    taken = policy.cost * begun * (total / 100 if policy.unit == "%" else 1.0)
    if policy.cap is not None:
        taken = min(taken, policy.cap * (total / 100 if policy.cap_unit == "%" else 1.0))
    closed = policy.nothing_after is not None and over_seconds > policy.nothing_after
    deduction = round(total if closed else min(taken, total), 2)
    return Lateness(
        deduction=deduction,
        sentence=_sentence(policy, submission, begun, deduction, closed),
        periods=begun,
        period=policy.period,
    )


def periods(policy: LatePolicy, handed_in: float) -> int:
    """Hours, days or weeks begun after the due date, days being those of the calendar.

    A day ends when the clock shows the same time again, be it after 23 or 25 hours.
    """
    if policy.period == "hour":
        return math.ceil((handed_in - policy.due) / HOUR)
    zone = ZoneInfo(policy.zone)
    due = datetime.fromtimestamp(policy.due, zone)
    step = PERIOD_DAYS[policy.period]
    begun = max(1, int((handed_in - policy.due) / (step * 86_400.0)) - 1)
    while (due + timedelta(days=begun * step)).timestamp() < handed_in:
        begun += 1
    return begun


def _sentence(
    policy: LatePolicy, submission: Submission, begun: int, deduction: float, closed: bool
) -> str:
    late = f"{counted(begun, policy.period)} late"
    capped = f", at most {_amount(policy.cap, policy.cap_unit)}" if policy.cap is not None else ""
    rule = f" at {price(policy)} each{capped}" if policy.cost else ""
    if closed:
        rule = f", and nothing is given after {_span(policy.nothing_after or 0.0)}"
    return (
        f"Handed in {moment(submission.submitted_at or 0.0, policy.zone)} "
        f"according to {submission.time_source.called}, "
        f"due {moment(policy.due, policy.zone)}: {late}{rule}, "
        f"{counted(deduction, 'point')} taken off."
    )


def moment(seconds: float, zone: str) -> str:
    """A time for people, its zone named."""
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%a %d %b %Y %H:%M %Z}"


def price(policy: LatePolicy) -> str:
    """What one period costs, such as ``10%`` or ``2 points``."""
    return _amount(policy.cost, policy.unit)


def _amount(value: float, unit: str) -> str:
    return f"{value:g}%" if unit == "%" else counted(value, "point")


def _span(seconds: float) -> str:
    for unit, size in (("day", 86_400.0), ("hour", 3600.0)):
        if seconds >= size and seconds % size == 0:
            return counted(seconds / size, unit)
    return counted(seconds / 60, "minute")


def known_zone(name: str) -> bool:
    """True for a time zone that this machine knows, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return not Path(name).is_absolute()
