"""From the paths an instructor gives to one list of submissions, problems included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from autograder.errors import IntakeError
from autograder.intake.layouts import by_name
from autograder.intake.layouts.base import HandIn
from autograder.intake.listing import Class, classes
from autograder.intake.names import is_released, readable, safe_name, short_hash
from autograder.intake.opening import Document, Keep, Opener
from autograder.intake.remarks import remarks
from autograder.intake.settle import settle
from autograder.intake.submission import (
    IdentifierKind,
    Person,
    Submission,
    TimeSource,
    key_of,
    person,
)
from autograder.model import GradingPackage


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A class as it was recognised in what the instructor gave."""

    path: str
    layout: str
    """Its name, for ``--layout``."""
    title: str
    """The same for people."""
    students: int
    notebooks: int


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found, and remarks about it for the instructor."""

    submissions: tuple[Submission, ...]
    remarks: tuple[str, ...] = ()
    """What stays a guess, and what should be looked at, each a sentence or two."""
    sources: tuple[Source, ...] = ()
    """What was recognised, and as which layout."""
    passed_over: tuple[tuple[str, str], ...] = ()
    """Files that are nobody's work, each with the reason."""


def discover(
    paths: Iterable[Path],
    packages: Mapping[str, GradingPackage],
    keep: Keep | None = None,
    layout: str = "",
) -> Intake:
    """Find every submission under ``paths``.

    Args:
        paths: folders, notebooks or archives, as the instructor names them.
        packages: the lessons to recognise, by slug.
        keep: called with the content hash and the bytes of every notebook recognised, so that
            thousands of notebooks need not be held in memory.
        layout: the name of a layout to read everything by; by default it is recognised.

    Raises:
        InvalidInput: there is no such layout.
        IntakeError: a path does not exist or is not readable at all.
    """
    forced = by_name(layout) if layout else None
    opener = Opener(packages, keep)
    found = [_read(one, opener, list(packages)) for one in classes(paths, forced, list(packages))]
    settled = settle(one for part in found for one in part.submissions)
    said = [remark for part in found for remark in part.remarks]
    return Intake(
        submissions=tuple(settled),
        remarks=(*said, *remarks(settled, list(packages))),
        sources=tuple(source for part in found for source in part.sources),
        passed_over=tuple(one for part in found for one in part.passed_over),
    )


def refuse_overlap(paths: Iterable[Path], out: Path) -> None:
    """Keep what ``grade`` writes out of what it reads.

    Raises:
        IntakeError: the output folder is one of the paths, or one lies inside the other.
    """
    target = out.resolve()
    for path in map(Path.resolve, paths):
        if target == path or path in target.parents or target in path.parents:
            raise IntakeError(
                f"The output folder {out} and the work in {path} lie inside one another; choose "
                "an output folder elsewhere."
            )


def _read(one: Class, opener: Opener, lessons: list[str]) -> Intake:
    """One class: every hand-in opened, names and attempts not settled yet."""
    reading = one.layout_read()
    submissions: list[Submission] = []
    passed = list(reading.passed_over)
    for hand_in in _apart(reading.hand_ins):
        documents, beside = opener.open(hand_in)
        submissions += _submissions(one, hand_in, documents, lessons)
        passed += beside
    return Intake(
        submissions=tuple(submissions),
        remarks=(*one.remarks, *reading.remarks),
        sources=(_source(one, submissions),),
        passed_over=tuple(
            (readable(str(one.prefix / other.path)), other.reason) for other in passed
        ),
    )


def _source(one: Class, submissions: Sequence[Submission]) -> Source:
    students = {submission.key for submission in submissions}
    notebooks = sum(submission.lesson is not None for submission in submissions)
    return Source(
        path=one.path,
        layout=one.layout.NAME,
        title=one.title,
        students=len(students),
        notebooks=notebooks,
    )


def _apart(hand_ins: list[HandIn]) -> list[HandIn]:
    """Tell apart students who are known by a folder's name only, and whose names read the same.

    Bytes that are no text, and control characters, are shown by a stand-in. Whose name needs none
    keeps it: nobody can take a readable name away.
    """
    by_name: dict[str, set[str]] = defaultdict(set)
    for one in hand_ins:
        if _is_folder(one.people):
            by_name[key_of(one.people)].add(one.label)
    plain = {
        key: min(labels, key=lambda label: (f"folder:{label}" != key, label))
        for key, labels in by_name.items()
    }
    return [
        replace(one, people=(person(folder=f"{one.label} ({short_hash(one.label)})"),))
        if _is_folder(one.people) and plain[key_of(one.people)] != one.label
        else one
        for one in hand_ins
    ]


def _is_folder(people: tuple[Person, ...]) -> bool:
    return [one.kind for who in people for one in who.identifiers] == [IdentifierKind.FOLDER]


def _submissions(
    one: Class, hand_in: HandIn, documents: Sequence[Document], lessons: list[str]
) -> list[Submission]:
    """One submission per document; the oldest of a lesson has the first place."""
    found: list[Submission] = []
    for document in sorted(documents, key=_age):
        place = sum(other.lesson == document.lesson for other in found)
        found.append(_submission(one, hand_in, document, place, lessons))
    return found


def _submission(
    one: Class, hand_in: HandIn, document: Document, place: int, lessons: list[str]
) -> Submission:
    people = _people(hand_in, document, lessons)
    source = readable(str(one.prefix / document.path))
    moment, time_source = _time(hand_in, document)
    return Submission(
        name=safe_name(hand_in.label),
        root=one.root_of(document.path),
        source=source,
        lesson=document.lesson,
        submitted_at=moment,
        time_source=time_source,
        late=hand_in.late,
        content_hash=document.content_hash,
        problem=f"{source} {document.problem.rstrip('.')}." if document.problem else "",
        people=people,
        layout=one.layout.NAME,
        number=hand_in.number,
        place=place,
        notes=document.notes,
    )


def _age(document: Document) -> tuple[float, str]:
    return document.moment or 0.0, str(document.path)


def _people(hand_in: HandIn, document: Document, lessons: list[str]) -> tuple[Person, ...]:
    """Who handed in; a file that still has the lesson's name tells nobody, and is nobody else's."""
    if hand_in.folder or not _is_folder(hand_in.people) or not is_released(hand_in.label, lessons):
        return hand_in.people
    # The path's name keeps one student's two zips apart, the content two students' equal names.
    unknown = document.content_hash or document.path.parts[0]
    return (person(folder=f"{hand_in.label} ({short_hash(unknown)})"),)


def _time(hand_in: HandIn, document: Document) -> tuple[float | None, TimeSource]:
    """The platform's time before any claim; where it only says "late", no claim counts."""
    if hand_in.submitted_at is not None:
        return hand_in.submitted_at, hand_in.time_source
    believed = document.source != TimeSource.FILE_TIME or hand_in.file_times
    if hand_in.late or not believed:
        return None, TimeSource.NOBODY
    return document.moment, document.source
