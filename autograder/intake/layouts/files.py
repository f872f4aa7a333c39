"""Flat files: each is a student, named by the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from autograder.intake.items import WORK_ENDINGS, Item
from autograder.intake.kinds import kind_of
from autograder.intake.layouts.base import Entry, HandIn, PassedOver, Reading
from autograder.intake.submission import person
from autograder.intake.times import OTTER_TIME

NAME = "files"
TITLE = "flat files, one per student"


def fit(items: Sequence[Item]) -> float:
    """What no platform made is plain: nothing to recognise."""
    return 0.0


def read(items: Sequence[Item]) -> Reading:
    """Every file is a student, in whatever folder it lies."""
    return read_entries(Entry(name=one.path.name, items=[one], is_folder=False) for one in items)


def read_entries(files: Iterable[Entry]) -> Reading:
    """Files that may be work are students; rosters, notes and indexes are not."""
    found: list[HandIn] = []
    passed: list[PassedOver] = []
    for entry in files:
        wanted = entry.name.lower().endswith(WORK_ENDINGS) or kind_of(entry.name)
        if entry.is_companion or not wanted:
            passed.append(entry.passed_over)
        else:
            found.append(_hand_in(entry))
    return Reading(hand_ins=found, passed_over=passed)


def _hand_in(entry: Entry) -> HandIn:
    name = stem(entry.items[0].path)
    return HandIn(label=name, people=(person(folder=name),), items=entry.items)


def stem(path: PurePosixPath) -> str:
    """The name without its endings, and without the moment that otter puts into a zip's."""
    name = path.name.split(".ipynb")[0] if ".ipynb" in path.name else path.stem
    return OTTER_TIME.sub("", name) or name
