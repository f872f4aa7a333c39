"""Brightspace (D2L): ``397063-2557369 - Ada Lovelace - Sep 24, 2024 926 PM``.

So a folder of a downloaded assignment is called: two numbers, the name and the moment of handing
in, without its colon. An ``index.html`` lies beside the folders. Some sites write flat files with
the student's file name behind, some put the organisation's id before the name. Public scripts read
this shape, such as ``rename_and_move.sh`` and ``FileRenamer`` (``\\d+-\\d+ - name - date``). The
first number is the user's on most sites; it is used only where it goes with one name each. A
student who hands in again has another folder. The time is on the clock of who downloads.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from autograder.intake.items import Item
from autograder.intake.layouts.base import Entry, HandIn, Reading, share
from autograder.intake.layouts.folders import split_entries
from autograder.intake.submission import TimeSource, person
from autograder.intake.times import local

NAME = "brightspace"
TITLE = "Brightspace (D2L), download of an assignment"
DATE = (
    r"(?P<month>[A-Z][a-z]{2})[a-z]* (?P<day>\d{1,2}), (?P<year>\d{4}) "
    r"(?P<clock>\d{3,4}) ?(?P<half>[AP]M)"
)
PATTERN = re.compile(
    r"(?P<user>\d{1,19})-\d{1,19} - (?:(?P<org>[A-Za-z]?\d{4,15}) - )?(?P<name>.+?) - "
    rf"{DATE}(?P<file> - .+)?",
    re.S,
)


def fit(items: Sequence[Item]) -> float:
    """Every folder, or every file, is named by Brightspace."""
    return share(items, _match)


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per folder or file."""
    accepted, rest = split_entries(items, _match)
    matches = [match for entry in accepted if (match := _match(entry))]
    use_id = _one_to_one((match["user"], match["name"]) for match in matches)
    found = [_hand_in(entry, match, use_id) for entry, match in zip(accepted, matches, strict=True)]
    return rest.after(found)


def _one_to_one(pairs: Iterable[tuple[str, str]]) -> bool:
    names, users = defaultdict(set), defaultdict(set)
    for user, name in pairs:
        names[user].add(name)
        users[name].add(user)
    return all(len(values) == 1 for values in (*names.values(), *users.values()))


def _hand_in(entry: Entry, match: re.Match[str], use_id: bool) -> HandIn:
    clock = f"{match['clock']:0>4}"
    text = f"{match['month']} {match['day']} {match['year']} {clock} {match['half']}"
    moment = local(text, "%b %d %Y %I%M %p")
    user = match["user"] if use_id else ""
    return HandIn(
        label=match["name"],
        people=(person(sid=match["org"] or "", brightspace_id=user, name=match["name"]),),
        items=entry.items,
        folder=entry.name if entry.is_folder else "",
        submitted_at=moment,
        time_source=TimeSource.BRIGHTSPACE if moment is not None else TimeSource.NOBODY,
        file_times=False,
    )


def _match(entry: Entry) -> re.Match[str] | None:
    match = PATTERN.fullmatch(entry.name)
    return match if match is not None and bool(match["file"]) != entry.is_folder else None
