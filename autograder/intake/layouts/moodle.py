"""Moodle, "download all submissions": ``Ada Lovelace_123456_assignsubmission_file``.

Made by ``get_student_prefix`` and ``load_submissionplugin_filelist`` in
``mod/assign/classes/downloader.php`` of moodle/moodle. The folder's name, or in a flat download
the beginning of the file's, is the full name with spaces for underscores, the participant's number
in this assignment (the ``Identifier`` of the grading worksheet) and the plug-in. Teams have the
group's name and number, ``Default group`` has none. Older versions end folders with an underscore.
With blind marking the name is the word "Participant" in the site's language for everybody. Files
bear the time of the download.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from autograder.intake.items import Item
from autograder.intake.layouts.base import Entry, HandIn, Reading, share
from autograder.intake.layouts.folders import split_entries
from autograder.intake.submission import person

NAME = "moodle"
TITLE = "Moodle, download all submissions"
PATTERN = re.compile(
    r"(?P<name>[^_]+)(?:_(?P<number>\d{1,19}))?_assignsubmission_[a-z]+(?P<file>_.*)?", re.S
)


def fit(items: Sequence[Item]) -> float:
    """Every folder, or every file, is named by Moodle."""
    return share(items, _match)


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per participant: files and online text together."""
    accepted, rest = split_entries(items, _match)
    grouped: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in accepted:
        match = _match(entry)
        assert match is not None
        grouped[match["name"].strip(), match["number"] or ""].append(entry)
    # One name for several participants is no name: blind marking.
    blind = len(grouped) > 1 and len({name for name, _ in grouped}) == 1
    found = [_hand_in(who, parts, blind) for who, parts in grouped.items()]
    return rest.after(found)


def _hand_in(who: tuple[str, str], parts: list[Entry], blind: bool) -> HandIn:
    name, number = who
    label = f"{name}_{number}" if number else name
    folders = [entry.name for entry in parts if entry.is_folder]
    return HandIn(
        label=label,
        people=(person(moodle_id=number, name="" if blind else name),),
        items=[item for entry in parts for item in entry.items],
        folder=folders[0] if folders else "",
        file_times=False,
    )


def _match(entry: Entry) -> re.Match[str] | None:
    match = PATTERN.fullmatch(entry.name)
    if match is None or (entry.is_folder and match["file"] not in (None, "_")):
        return None
    return match if entry.is_folder or match["file"] else None
