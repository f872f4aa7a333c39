"""A folder for each student, below section folders or not.

A folder that holds notebooks is a student's, and all below it is that student's content, whatever
it is called. Folders hold students only where all of their neighbours look the same way: what one
student packs never makes a class of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograder.intake.items import Item
from autograder.intake.layouts import files
from autograder.intake.layouts.base import Entry, HandIn, Reading, entries
from autograder.intake.names import is_work_word
from autograder.intake.submission import person

NAME = "folders"
TITLE = "a folder per student"
MAX_SECTIONS_DEPTH = 3


def fit(items: Sequence[Item]) -> float:
    """What no platform made is plain: nothing to recognise."""
    return 0.0


def read(items: Sequence[Item]) -> Reading:
    """Each top-level folder is a student; files beside the folders are students as well."""
    return _read(entries(items), "", sections=False)


def read_plain(items: Sequence[Item]) -> Reading:
    """The same, with folders that look like sections read as such."""
    return _read(entries(items), "", sections=True)


def split_entries(
    items: Sequence[Item], accepts: Callable[[Entry], object]
) -> tuple[list[Entry], Reading]:
    """The entries that a layout accepts, and the rest read as plain files and folders.

    There is a rest only if ``--layout`` overrides what was recognised.
    """
    accepted = [one for one in entries(items) if accepts(one)]
    others = [one for one in entries(items) if not accepts(one)]
    rest = read_entries([one for one in others if not one.is_companion])
    rest.passed_over.extend(one.passed_over for one in others if one.is_companion)
    return accepted, rest


def read_entries(found: Sequence[Entry]) -> Reading:
    """Entries that are known to be students' own."""
    return _read(found, "", sections=False)


def _read(found: Sequence[Entry], where: str, sections: bool) -> Reading:
    loose = [entry for entry in found if not entry.is_folder]
    folders = [entry for entry in found if entry.is_folder]
    if folders and not any(entry.items[0].is_work for entry in loose):
        # Beside students' folders, a syllabus or a page is nobody's work.
        reading = Reading(hand_ins=[], passed_over=[entry.passed_over for entry in loose])
    else:
        reading = files.read_entries(loose)
    if not sections or not _are_sections(folders, where):
        reading.hand_ins.extend(_hand_in(entry, where) for entry in folders)
        return reading
    for entry in folders:
        inner = _read(_inside(entry, where), f"{where}{entry.name}/", sections)
        reading.hand_ins.extend(inner.hand_ins)
        reading.passed_over.extend(inner.passed_over)
        reading.remarks.extend(inner.remarks)
    names = ", ".join(entry.name for entry in folders[:5])
    reading.remarks.append(
        f"{names}: taken for folders of students, not for students. If they are students, use "
        "--layout folders."
    )
    return reading


def _hand_in(entry: Entry, where: str) -> HandIn:
    return HandIn(
        label=entry.name,
        people=(person(folder=entry.name),),
        items=entry.items,
        folder=where + entry.name,
    )


def _inside(entry: Entry, where: str) -> list[Entry]:
    """The first level of a folder, its items still with their paths in the class."""
    folder = where + entry.name
    inner = entries(item.below(folder) for item in entry.items)
    return [
        Entry(
            name=one.name,
            items=[item.within(folder) for item in one.items],
            is_folder=one.is_folder,
        )
        for one in inner
    ]


def _are_sections(folders: Sequence[Entry], where: str) -> bool:
    """True if no folder looks like a student's and most hold several folders with work."""
    if where.count("/") >= MAX_SECTIONS_DEPTH:
        return False
    shapes = [_folders_with_work(entry, where) for entry in folders]
    if not all(shapes):
        return False
    several = sum(len(names) > 1 for names in shapes)
    return several > 0 and 2 * several >= len(shapes)


def _folders_with_work(entry: Entry, where: str) -> list[str]:
    """The folders inside that may be students'; none if this folder is a student's itself."""
    depth = where.count("/") + 1
    works = [item for item in entry.items if item.is_work]
    if any(len(item.path.parts) == depth + 1 for item in works):
        return []
    names = sorted({item.path.parts[depth] for item in works})
    return [] if all(map(is_work_word, names)) else names
