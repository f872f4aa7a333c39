"""Names of their own for every student's submissions, and attempts in order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from autograder.intake.names import short_hash
from autograder.intake.submission import Submission

Order = tuple[float, int, int, list[tuple[int, str]]]


def settle(submissions: Iterable[Submission]) -> list[Submission]:
    """The submissions with unequal names for unequal students, sorted, attempts numbered."""
    named = _distinct(list(submissions))
    groups: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for submission in named:
        groups[submission.key, submission.lesson or ""].append(submission)
    settled = [
        msgspec.structs.replace(submission, attempt=number)
        for group in groups.values()
        for number, submission in enumerate(_in_order(group), 1)
    ]
    return sorted(settled, key=lambda one: (one.name, one.lesson or "", one.attempt))


def _distinct(submissions: list[Submission]) -> list[Submission]:
    """Add to a name that several students have what tells them apart, until none has."""
    for _ in range(3):
        keys: dict[str, set[str]] = defaultdict(set)
        for submission in submissions:
            keys[submission.name.casefold()].add(submission.key)
        if all(len(several) == 1 for several in keys.values()):
            break
        submissions = [
            _with_hash(submission) if len(keys[submission.name.casefold()]) > 1 else submission
            for submission in submissions
        ]
    return submissions


def _with_hash(submission: Submission) -> Submission:
    name = f"{submission.name}-{short_hash(submission.key)}"
    return msgspec.structs.replace(submission, name=name)


def _in_order(group: list[Submission]) -> list[Submission]:
    """The oldest first: by one platform's own numbers where all have one, else by time."""
    numbered = len({submission.layout for submission in group}) == 1 and all(
        submission.number is not None for submission in group
    )

    def order(submission: Submission) -> Order:
        moment = 0.0 if numbered else submission.submitted_at or 0.0
        return moment, submission.number or 0, submission.place, _natural(submission.source)

    return sorted(group, key=order)


def _natural(source: str) -> list[tuple[int, str]]:
    """A key by which 10 comes after 9."""
    parts = re.split(r"(\d+)", source.rsplit(".", 1)[0])
    # Digits by length, then as text: a student's name may hold more than int() reads.
    parts[1::2] = (digits.lstrip("0") for digits in parts[1::2])
    return [(len(part) if place % 2 else 0, part) for place, part in enumerate(parts)]
