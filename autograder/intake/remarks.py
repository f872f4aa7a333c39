"""What an instructor should look at before grading, in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from autograder.intake.names import is_released
from autograder.intake.submission import Submission

NAMED_LIMIT = 5
MANY_ATTEMPTS = 10


def remarks(submissions: Sequence[Submission], lessons: Sequence[str]) -> Iterator[str]:
    """Sentences about names that tell nobody, folders that may be classes, and what was mended."""
    recognised = [one for one in submissions if one.lesson is not None]
    yield from _about_names(recognised, lessons)
    yield from _about_folders(recognised)
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


def _about_names(recognised: Sequence[Submission], lessons: Sequence[str]) -> Iterator[str]:
    unknown = [
        one.source
        for one in recognised
        if one.layout in ("files", "folders") and is_released(one.name, lessons)
    ]
    if unknown:
        yield (
            f"{named(unknown)}: named after the lesson, not after a student; each is taken for "
            "another student's."
        )
    sections: dict[str, set[str]] = defaultdict(set)
    for one in recognised:
        if one.layout == "folders":
            folder, _, rest = one.source.partition(f"/{one.student}/")
            if rest:
                sections[one.student].add(folder)
    twice = [student for student, folders in sections.items() if len(folders) > 1]
    if twice:
        yield f"{named(twice)}: in several folders, and taken for one student each."


def _about_folders(recognised: Sequence[Submission]) -> Iterator[str]:
    """Many notebooks of one lesson in one folder may be a class rather than attempts."""
    attempts: dict[tuple[str, str], int] = defaultdict(int)
    for one in recognised:
        if one.layout in ("files", "folders"):
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
