"""Blackboard, "assignment file download": ``Lab 5_ada12_attempt_2026-11-20-10-11-12_lab.ipynb``.

Flat files: the assignment, the user name, the moment of the attempt and the student's file name,
or ``.txt`` alone for the page that Blackboard writes about each attempt, whose first line is
``Name: Ada Lovelace (ada12)``. kwurst/bb-file-cleanup and jeroendoggen/blackboard-analysis-tools
describe the names; parsers of the page match ``Name: .+ \\(id\\)``. The time is the site's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from autograder.errors import Unreadable
from autograder.intake.items import Item
from autograder.intake.layouts.base import (
    Entry,
    HandIn,
    PassedOver,
    Reading,
    share,
)
from autograder.intake.layouts.folders import split_entries
from autograder.intake.names import MAX_READ
from autograder.intake.submission import TimeSource, person
from autograder.intake.times import local

NAME = "blackboard"
TITLE = "Blackboard, assignment file download"
PATTERN = re.compile(
    r"(?P<assignment>.+?)_(?P<user>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?P<file>_.+|\.txt)",
    re.S,
)
FIRST_LINE = re.compile(r"Name: (?P<name>[^\n]+) \((?P<user>[^()\n]+)\)\s*")


def fit(items: Sequence[Item]) -> float:
    """Every file is named by Blackboard, for one assignment."""
    part = share(items, _match)
    assignments = {match["assignment"] for one in items if (match := _match_name(one.path.name))}
    return part if part < 1.0 or len(assignments) == 1 else 0.0


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per attempt; the page about it gives the name."""
    accepted, rest = split_entries(items, _match)
    attempts: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in accepted:
        match = _match(entry)
        assert match is not None
        attempts[match["user"], match["time"]].append(entry)
    found = [_hand_in(user, time, parts) for (user, time), parts in attempts.items()]
    pages = [PassedOver(one.name, "Blackboard's page") for one in accepted if _is_page(one)]
    return rest.after(found, passed_over=pages)


def _hand_in(user: str, time: str, parts: list[Entry]) -> HandIn:
    pages = [entry for entry in parts if _is_page(entry)]
    files = [item for entry in parts if not _is_page(entry) for item in entry.items]
    moment = local(time, "%Y-%m-%d-%H-%M-%S")
    return HandIn(
        label=user,
        people=(person(login=user, name=_full_name(pages[0], user) if pages else ""),),
        items=files or [item for entry in pages for item in entry.items],
        submitted_at=moment,
        time_source=TimeSource.BLACKBOARD if moment is not None else TimeSource.NOBODY,
        file_times=False,
    )


def _full_name(page: Entry, user: str) -> str:
    """The name in the page's first line, which Blackboard writes; the rest is the student's."""
    try:
        line = page.items[0].read()[: 4 * MAX_READ].decode("utf-8", "replace").split("\n")[0]
    except Unreadable:
        return ""
    match = FIRST_LINE.fullmatch(line.lstrip("\ufeff"))
    return match["name"].strip() if match is not None and match["user"] == user else ""


def _is_page(entry: Entry) -> bool:
    match = _match(entry)
    return match is not None and match["file"] == ".txt"


def _match(entry: Entry) -> re.Match[str] | None:
    return None if entry.is_folder else _match_name(entry.name)


def _match_name(name: str) -> re.Match[str] | None:
    return PATTERN.fullmatch(name[:MAX_READ])
