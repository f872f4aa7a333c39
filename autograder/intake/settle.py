"""Names of their own for every student's submissions, and attempts in order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from autograder.intake.names import short_hash
from autograder.intake.submission import Submission

Order = tuple[float, int, int, list[tuple[int, str]]]


def settle(found: Iterable[Submission]) -> list[Submission]:
    """The submissions with unequal names for unequal students, sorted, attempts numbered."""
    named = _distinct(list(found))
    groups: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for one in named:
        groups[one.key, one.lesson or ""].append(one)
    settled = [
        msgspec.structs.replace(one, attempt=number)
        for group in groups.values()
        for number, one in enumerate(_in_order(group), 1)
    ]
    settled.sort(key=lambda one: (one.name, one.lesson or "", one.attempt))
    return settled


def _distinct(found: list[Submission]) -> list[Submission]:
    """Add to a name that several students have what tells them apart, until none has."""
    for _ in range(3):
        keys: dict[str, set[str]] = defaultdict(set)
        for one in found:
            keys[one.name.casefold()].add(one.key)
        if all(len(several) == 1 for several in keys.values()):
            break
        found = [
            msgspec.structs.replace(one, name=f"{one.name}-{short_hash(one.key)}")
            if len(keys[one.name.casefold()]) > 1
            else one
            for one in found
        ]
    return found


def _in_order(group: list[Submission]) -> list[Submission]:
    """The oldest first: by one platform's own numbers where all have one, else by time."""
    numbered = len({one.layout for one in group}) == 1 and all(
        one.number is not None for one in group
    )

    def order(one: Submission) -> Order:
        moment = 0.0 if numbered else one.submitted_at or 0.0
        return moment, one.number or 0, one.place, _natural(one.source)

    return sorted(group, key=order)


def _natural(source: str) -> list[tuple[int, str]]:
    """A key by which 10 comes after 9."""
    parts = re.split(r"(\d+)", source.rsplit(".", 1)[0])
    # Digits by length, then as text: a student's name may hold more than int() reads.
    parts[1::2] = (digits.lstrip("0") for digits in parts[1::2])
    return [(len(part) if place % 2 else 0, part) for place, part in enumerate(parts)]
