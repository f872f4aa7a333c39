"""The late policy: what a day costs, applied when marks are exported and explained to students."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import msgspec

from autograder.errors import InvalidInput
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.intake import Submission

SETTING = "late policy"
SECONDS = {"hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
RULE = re.compile(r"(\d+(?:\.\d+)?)\s*(%|points?)\s*(?:/|per)\s*(hour|day|week)", re.IGNORECASE)
GRACE = re.compile(r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE)
GRACE_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}


class LatePolicy(msgspec.Struct, frozen=True):
    """``due`` and the price of every period begun after it."""

    due: float
    """Seconds since 1970."""
    cost: float = 0.0
    """Percent of the marks, or points, for each period begun."""
    unit: str = "%"
    period: str = "day"
    grace_seconds: float = 0.0

    def __str__(self) -> str:
        """The rule in one sentence."""
        due = f"Due {_moment(self.due)}"
        if not self.cost:
            return f"{due}; lateness costs nothing."
        grace = (
            f", after {self.grace_seconds / 60:g} minutes of grace" if self.grace_seconds else ""
        )
        return f"{due}; {_price(self)} are taken off for each {self.period} begun{grace}."


class Lateness(msgspec.Struct, frozen=True):
    """What the policy takes from one submission, and the sentence that says so."""

    deduction: float
    sentence: str


def parse_policy(due: str, late: str = "", grace: str = "") -> LatePolicy:
    """Read ``--due 2026-11-20T23:59 --late 10%/day --grace 15min``.

    Raises:
        ValueError: naming the value that cannot be understood.
    """
    try:
        moment = datetime.fromisoformat(due)
    except ValueError:
        raise InvalidInput(f"due is {due!r}; write a date such as 2026-11-20T23:59+00:00") from None
    # A date without a zone is the instructor's own clock.
    policy = LatePolicy(moment.timestamp())
    if late:
        match = RULE.fullmatch(late.strip())
        if match is None:
            raise InvalidInput(f"late is {late!r}; write a rule such as 10%/day or 2 points/hour")
        unit = "%" if match[2] == "%" else "points"
        policy = msgspec.structs.replace(
            policy, cost=float(match[1]), unit=unit, period=match[3].lower()
        )
    if grace:
        match = GRACE.fullmatch(grace.strip())
        if match is None:
            raise InvalidInput(f"grace is {grace!r}; write a time such as 15min or 2h")
        seconds = float(match[1]) * GRACE_SECONDS[match[2][0].lower()]
        policy = msgspec.structs.replace(policy, grace_seconds=seconds)
    return policy


def lateness(policy: LatePolicy | None, submission: Submission, total: float) -> Lateness | None:
    """What is taken from ``total``; None when the submission was in time or nothing is known."""
    if policy is None or (submission.submitted_at is None and not submission.late):
        return None
    if submission.submitted_at is None:
        return Lateness(
            0.0,
            "Marked late by Canvas, which says no time of handing in: nothing is taken off.",
        )
    over_seconds = submission.submitted_at - policy.due
    if over_seconds <= policy.grace_seconds:
        return None
    periods = math.ceil(over_seconds / SECONDS[policy.period])
    taken = policy.cost * periods * (total / 100 if policy.unit == "%" else 1.0)
    deduction = round(min(taken, total), 2)
    return Lateness(deduction, _sentence(policy, submission, periods, deduction))


def deduction(row: Row, policy: LatePolicy | None) -> Lateness | None:
    return None if row.total is None else lateness(policy, row.submission, row.total)


def final(row: Row, policy: LatePolicy | None) -> float | None:
    """The marks that count: computed or adjusted, less the late deduction."""
    taken = deduction(row, policy)
    return row.total if row.total is None or taken is None else row.total - taken.deduction


def stored_policy(book: Gradebook) -> LatePolicy | None:
    """The late policy that was given with the last export, if any."""
    text = book.setting(SETTING)
    return msgspec.json.decode(text, type=LatePolicy) if text else None


def forget_policy(book: Gradebook) -> None:
    """From now on nothing is late."""
    book.set(SETTING, "")


def _sentence(policy: LatePolicy, submission: Submission, periods: int, deduction: float) -> str:
    said = {"gradescope": "Gradescope", "file name": "the file's name"}.get(
        submission.time_source, "the file's time stamp"
    )
    plural = "" if periods == 1 else "s"
    return (
        f"Handed in {_moment(submission.submitted_at or 0.0)} according to {said}, "
        f"due {_moment(policy.due)}: {periods} {policy.period}{plural} late at "
        f"{_price(policy)} each, {deduction:g} points taken off."
    )


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y %H:%M} UTC"


def _price(policy: LatePolicy) -> str:
    return f"{policy.cost:g}{policy.unit if policy.unit == '%' else ' points'}"
