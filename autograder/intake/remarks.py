"""What an instructor should look at before grading, in sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from autograder.intake.names import is_released
from autograder.intake.submission import Submission

NAMED_LIMIT = 5
PLAIN = ("files", "folders")
MARK = re.compile(r" \([0-9a-f]{8}\)$")
"""What tells apart two folders or files whose names are one when compared."""
COPY = re.compile(r" ?\(\d{1,3}\)$")
"""What a computer adds to the name of a second file of one name."""


def remarks(submissions: Sequence[Submission], lessons: Sequence[str]) -> Iterator[str]:
    """Sentences about names that tell nobody, folders that may be classes, and what was mended."""
    recognised = [one for one in submissions if one.lesson is not None]
    by_name_only = [one for one in recognised if one.layout in PLAIN]
    yield from _without_names(by_name_only, lessons)
    yield from _alike(by_name_only, lessons)
    yield from _in_sections(by_name_only)
    yield from _several(by_name_only)
    late = [one.student for one in recognised if one.late and one.submitted_at is None]
    if late:
        yield (
            f"{named(late)}: marked late by the platform, which does not say when they were handed "
            "in; a late rule takes nothing from them."
        )
    mended: dict[str, list[str]] = defaultdict(list)
    for one in recognised:
        for note in one.notes:
            mended[note].append(one.student)
    for note, students in sorted(mended.items()):
        yield f"{named(students)}: the notebook {_tail(note)}; the code is read and graded."


def _tail(note: str) -> str:
    return note if note.startswith("was ") else f"held {note}, which were left out"


def _without_names(recognised: Sequence[Submission], lessons: Sequence[str]) -> Iterator[str]:
    unknown = [one.source for one in recognised if is_released(_plain(one.student), lessons)]
    if unknown:
        yield (
            f"{named(unknown)}: named after the lesson, not after a student; each is taken for "
            "another student's."
        )


def _alike(recognised: Sequence[Submission], lessons: Sequence[str]) -> Iterator[str]:
    copies: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for one in recognised:
        plain = _plain(one.student)
        if not is_released(plain, lessons):
            copies[COPY.sub("", plain.casefold()), one.lesson or ""][one.key] = one.source
    for several in copies.values():
        if len(several) > 1:
            yield (
                f"{named(list(several.values()))}: almost one name, taken for different students. "
                "Put one student's attempts into one folder."
            )


def _in_sections(recognised: Sequence[Submission]) -> Iterator[str]:
    sections: dict[str, set[str]] = defaultdict(set)
    for one in recognised:
        folder, _, rest = one.source.partition(f"/{one.student}/")
        if rest:
            sections[one.student].add(folder)
    twice = [student for student, folders in sections.items() if len(folders) > 1]
    if twice:
        yield f"{named(twice)}: in several folders, and taken for one student each."


def _plain(student: str) -> str:
    return MARK.sub("", student)


def _several(recognised: Sequence[Submission]) -> Iterator[str]:
    """Many notebooks of one lesson in one folder may be a class rather than attempts."""
    attempts: dict[tuple[str, str], int] = defaultdict(int)
    for one in recognised:
        attempts[one.student, one.lesson or ""] += 1
    several = [student for (student, _), count in attempts.items() if count > 1]
    if several:
        yield (
            f"{named(several)}: several notebooks of one lesson, taken for attempts of one student."
            " If each is a student's, grade that folder or zip by its own path, with --layout files"
            " if need be."
        )


def named(names: Sequence[str]) -> str:
    """The first few names, each once, and how many more there are."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - NAMED_LIMIT} more" if len(unique) > NAMED_LIMIT else ""
    return ", ".join(unique[:NAMED_LIMIT]) + more
