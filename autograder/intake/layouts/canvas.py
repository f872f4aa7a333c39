"""Canvas, "download submissions": flat files such as ``adamsalice_LATE_1234_98765_lab.ipynb``.

Names are made by ``get_filename`` and ``add_upload_submission`` in ``lib/content_zipper.rb`` of
instructure/canvas-lms: the sortable name in lower case without anything that is not a letter, or
the group's; ``LATE`` if it was; the user's id; the attachment's id; the student's file name. Text
entries end in ``_text.html`` and links in ``_link.html`` and carry no attachment. In an anonymous
download the user is ``anon_`` and five characters that change with each assignment. Digits between
underscores are taken out of users' names there, so that the first two numbers are the ids: what
follows them is the student's. Files bear the time of the download.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from autograder.intake.items import Item
from autograder.intake.layouts.base import Entry, HandIn, Reading, share
from autograder.intake.layouts.folders import split_entries
from autograder.intake.names import MAX_READ, is_work_word
from autograder.intake.submission import person

NAME = "canvas"
TITLE = "Canvas, download submissions"
REST = r"_(?:(?P<number>\d{3,19})_.+|text\.html|link\.html)"
NAMED = re.compile(rf"(?P<student>.+?)(?P<late>_LATE)?_(?P<user>\d{{1,19}}){REST}", re.S)
ANONYMOUS = re.compile(rf"(?P<late>LATE_)?(?P<user>anon_[A-Za-z0-9]{{1,20}}){REST}", re.S)
COPY = re.compile(r" ?\(\d{1,3}\)$")


def fit(items: Sequence[Item]) -> float:
    """All files have Canvas's names, with attachments and users that are not all the same."""
    return max(_fit(items, ANONYMOUS), _fit(items, NAMED))


def _fit(items: Sequence[Item], pattern: re.Pattern[str]) -> float:
    part = share(items, lambda entry: _match(entry, pattern))
    files = {COPY.sub("", PurePosixPath(item.path.name).stem): item for item in items}
    matches = [
        match for item in files.values() if (match := pattern.fullmatch(item.path.name[:MAX_READ]))
    ]
    return part if part < 1.0 or _plausible(matches, pattern) else 0.0


def _plausible(matches: Iterable[re.Match[str]], pattern: re.Pattern[str]) -> bool:
    """Names such as lab_5_301_ada.ipynb, with a date or a student's number, only look alike."""
    matches = list(matches)
    numbers = [match["number"] for match in matches if match["number"]]
    who = {match["student" if pattern is NAMED else "user"] for match in matches}
    ids = {(match["user"], match.groupdict().get("student")) for match in matches}
    distinct = len(set(numbers)) == len(numbers)
    one_name_each = len({user for user, _ in ids}) == len(ids)
    alone = len(matches) == 1 and not is_work_word(next(iter(who)))
    return distinct and one_name_each and (len(who) > 1 or alone)


def read(items: Sequence[Item]) -> Reading:
    """Each file is a hand-in; its number is the attachment's."""
    pattern = ANONYMOUS if _fit(items, ANONYMOUS) == 1.0 else NAMED
    accepted, rest = split_entries(items, lambda entry: _match(entry, pattern))
    found = [_hand_in(entry, pattern) for entry in accepted]
    return rest.after(found)


def _hand_in(entry: Entry, pattern: re.Pattern[str]) -> HandIn:
    match = pattern.fullmatch(entry.name)
    assert match is not None
    user = match["user"]
    if pattern is ANONYMOUS:
        label, who = user, person(folder=user)
    else:
        label, who = f"{match['student']}_{user}", person(canvas_id=user, name=match["student"])
    return HandIn(
        label=label,
        people=(who,),
        items=entry.items,
        number=int(match["number"]) if match["number"] else None,
        late=bool(match["late"]),
        file_times=False,
    )


def _match(entry: Entry, pattern: re.Pattern[str]) -> re.Match[str] | None:
    return None if entry.is_folder else pattern.fullmatch(entry.name)
