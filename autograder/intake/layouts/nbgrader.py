"""nbgrader: ``submitted/<student>/<assignment>`` and ``inbound/<student>+<assignment>+<time>``.

As ``nbgrader/exchange/default/submit.py`` and ``collect.py`` of jupyter/nbgrader write them. The
exchange's folder names carry the time; ``timestamp.txt`` within repeats it, and ``collect`` keeps
that alone. The student's id is the account's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.errors import Unreadable
from autograder.intake.items import Item, by_folder
from autograder.intake.layouts.base import Entry, HandIn, Reading, share
from autograder.intake.layouts.folders import split_entries
from autograder.intake.names import MAX_READ
from autograder.intake.submission import TimeSource, person
from autograder.intake.times import stamp

NAME = "nbgrader"
TITLE = "nbgrader, submitted or inbound"
INBOUND = re.compile(
    r"(?P<student>.+?)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[^+]*?)(?:\+[\w=-]{1,40})?"
)
TIMESTAMP = "timestamp.txt"
MAX_TIMESTAMP = 100


def fit(items: Sequence[Item]) -> float:
    """All folders are the exchange's, or folders of assignments most of which have a time."""
    inbound = share(items, _inbound)
    if inbound == 1.0:
        return inbound
    submitted = share(items, _is_submitted)
    timed = share(items, _is_timed)
    return submitted if submitted < 1.0 or timed > 0.5 else 0.0


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per student and assignment."""
    accepted, rest = split_entries(items, lambda one: _inbound(one) or _is_submitted(one))
    found: list[HandIn] = []
    for entry in accepted:
        match = _inbound(entry)
        if match is not None:
            found.append(_hand_in(match["student"], entry.name, entry.items, match["time"]))
            continue
        for assignment in by_folder(item.below(entry.name) for item in entry.items):
            folder = f"{entry.name}/{assignment}"
            inner = [item for item in entry.items if item.path.parts[1] == assignment]
            found.append(_hand_in(entry.name, folder, inner, ""))
    return rest.after(found)


def _hand_in(student: str, folder: str, items: list[Item], time: str) -> HandIn:
    moment = stamp(time or _timestamp(folder, items))
    return HandIn(
        label=student,
        people=(person(login=student),),
        items=[
            item for item in items if item.path.name not in (TIMESTAMP, "submission_secret.txt")
        ],
        folder=folder,
        submitted_at=moment,
        time_source=TimeSource.NBGRADER if moment is not None else TimeSource.NOBODY,
    )


def _timestamp(folder: str, items: list[Item]) -> str:
    for item in items:
        if str(item.path) == f"{folder}/{TIMESTAMP}":
            try:
                return item.read()[:MAX_TIMESTAMP].decode("ascii", "replace")
            except Unreadable:
                return ""
    return ""


def _inbound(entry: Entry) -> re.Match[str] | None:
    return INBOUND.fullmatch(entry.name) if entry.is_folder else None


def _is_submitted(entry: Entry) -> bool:
    """A student's folder with nothing but folders of assignments in it."""
    return entry.is_folder and all(
        len(item.path.parts) > 2 and not INBOUND.fullmatch(item.path.parts[1][:MAX_READ])
        for item in entry.items
    )


def _is_timed(entry: Entry) -> bool:
    return any(len(item.path.parts) == 3 and item.path.name == TIMESTAMP for item in entry.items)
