"""Google Classroom and Drive: ``Ada Lovelace - lab.ipynb``, ``Copy of Ada Lovelace - lab.ipynb``.

Classroom makes a copy of the teacher's file for each student and puts the name before its title.
Drive puts "Copy of" before both where somebody copies again, in the person's own language, and a
number behind a second copy. The title is the same for the whole class, which is what tells the
names from any other text before a dash.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from autograder.intake.items import Item
from autograder.intake.layouts.base import Entry, HandIn, Reading, entries, share
from autograder.intake.layouts.folders import split_entries
from autograder.intake.names import COPY_OF
from autograder.intake.submission import person

NAME = "classroom"
TITLE = "Google Classroom, a copy for each student"
COPY_NUMBER = re.compile(r" ?\(\d{1,3}\)$")
PATTERN = re.compile(r"(?P<name>.+?) - (?P<title>.+)\.(?:ipynb|zip)", re.S | re.I)


def fit(items: Sequence[Item]) -> float:
    """Several files with one title, each behind another name."""
    titles = Counter(found[1] for one in entries(items) if (found := _parts(one)))
    if not titles:
        return 0.0
    title, count = titles.most_common(1)[0]
    names = {found[0] for one in entries(items) if (found := _parts(one))}
    part = share(items, lambda one: (found := _parts(one)) and found[1] == title)
    return part if part < 1.0 or (count > 1 and len(names) > 1) else 0.0


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per file; who handed in is the name before the title."""
    accepted, rest = split_entries(items, _parts)
    found = [_hand_in(entry) for entry in accepted]
    return rest.after(found)


def _hand_in(entry: Entry) -> HandIn:
    found = _parts(entry)
    assert found is not None
    return HandIn(label=found[0], people=(person(name=found[0]),), items=entry.items)


def _parts(entry: Entry) -> tuple[str, str] | None:
    """The student's name and the title."""
    match = None if entry.is_folder else PATTERN.fullmatch(COPY_OF.sub("", entry.name, count=1))
    if match is None:
        return None
    title = COPY_NUMBER.sub("", COPY_OF.sub("", match["title"], count=1))
    return match["name"].strip(), title.strip().casefold()
