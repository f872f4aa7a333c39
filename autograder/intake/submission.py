"""One submitted notebook as intake hands it on, and the names it may carry."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

import msgspec

from autograder.intake.names import readable, safe_name, short_hash

__all__ = [
    "Identifier",
    "IdentifierKind",
    "Person",
    "Submission",
    "TimeSource",
    "key_of",
    "person",
    "readable",
    "safe_name",
    "short_hash",
]


class IdentifierKind(StrEnum):
    """What an identifier is, strongest first: an institution's number before a folder's name."""

    SID = "sid"
    """The institution's number; Canvas calls it SIS User ID."""
    EMAIL = "email"
    CANVAS_ID = "canvas_id"
    GRADESCOPE_ID = "gradescope_id"
    MOODLE_ID = "moodle_id"
    BRIGHTSPACE_ID = "brightspace_id"
    LOGIN = "login"
    NAME = "name"
    FOLDER = "folder"
    """The folder or file that a plain class folder has for this student."""


class Identifier(msgspec.Struct, frozen=True, order=True):
    """One thing that says who somebody is, as the source wrote it."""

    kind: IdentifierKind
    value: str

    @property
    def folded(self) -> str:
        """The value as it is compared: NFC, trimmed, case folded."""
        return unicodedata.normalize("NFC", self.value).strip().casefold()


class Person(msgspec.Struct, frozen=True):
    """Somebody who handed in, by everything that the instructor's own paths say."""

    identifiers: tuple[Identifier, ...]

    @property
    def name(self) -> str:
        """What to call this person: the full name, else the strongest identifier."""
        by_kind = {one.kind: one.value for one in self.identifiers}
        strongest = next((by_kind[kind] for kind in IdentifierKind if kind in by_kind), "")
        return by_kind.get(IdentifierKind.NAME, strongest)


class TimeSource(StrEnum):
    """Who says when something was handed in."""

    NOBODY = ""
    BLACKBOARD = "blackboard"
    BRIGHTSPACE = "brightspace"
    CANVAS = "canvas"
    GRADESCOPE = "gradescope"
    MOODLE = "moodle"
    NBGRADER = "nbgrader"
    FILE_NAME = "file name"
    FILE_TIME = "file time"

    @property
    def is_platform(self) -> bool:
        """It was there, unlike a file: its name is a claim, its stamp changes with each copy."""
        return self not in (TimeSource.NOBODY, TimeSource.FILE_NAME, TimeSource.FILE_TIME)

    @property
    def called(self) -> str:
        """What a sentence calls it."""
        titles = {
            TimeSource.NOBODY: "nobody",
            TimeSource.NBGRADER: "nbgrader",
            TimeSource.FILE_NAME: "the file's name",
            TimeSource.FILE_TIME: "the file's time stamp",
        }
        return titles.get(self, self.capitalize())


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook that was handed in, or the reason why there is none."""

    name: str
    """The file's or folder's name, made safe: names the rows, pages and folders of results."""
    root: str
    """The path the instructor gave under which it was found."""
    source: str = ""
    """Where it was found, for people to read."""
    lesson: str | None = None
    attempt: int = 1
    submitted_at: float | None = None
    """Seconds since 1970, or None when nothing tells."""
    time_source: TimeSource = TimeSource.NOBODY
    late: bool = False
    """Marked late by the source itself."""
    content_hash: str = ""
    problem: str = ""
    """One sentence when this cannot be graded."""
    people: tuple[Person, ...] = ()
    """Who handed in: one person, or the members of a group."""
    layout: str = ""
    """The layout that it was read by, such as ``canvas`` or ``folders``."""
    number: int | None = None
    """The source's own number of this hand-in, where it has one; larger is later."""
    place: int = 0
    """Order among the notebooks of one lesson in one hand-in, the oldest first.

    All of a hand-in's notebooks share the platform's time and number; this tells them apart."""
    notes: tuple[str, ...] = ()
    """What reading the notebook left out or mended and how it was recognised, in phrases."""

    @property
    def student(self) -> str:
        """What to call whoever handed in: a name, or those of a group."""
        return ", ".join(one.name for one in self.people)

    @property
    def key(self) -> str:
        """Who handed in: the strongest identifier of each, so equal for equal people."""
        return key_of(self.people)


def person(**identifiers: str) -> Person:
    """A person by kinds of identifier: ``person(sid="20231234", name="Ada Lovelace")``.

    Empty values are left out. Values are made readable, whatever bytes a file name had.
    """
    return Person(
        tuple(
            Identifier(IdentifierKind(kind), readable(value))
            for kind, value in identifiers.items()
            if value.strip()
        )
    )


def key_of(people: tuple[Person, ...]) -> str:
    """A stable text for a person or a group: the strongest identifier of each, in order."""
    return ",".join(sorted(_strongest(one) for one in people))


def _strongest(one: Person) -> str:
    order = list(IdentifierKind)
    best = min(one.identifiers, key=lambda identifier: order.index(identifier.kind), default=None)
    if best is None:
        return ""
    # On most systems ``ada`` and ``ADA`` can lie side by side: two students, as in the gradebook.
    written = best.kind is IdentifierKind.FOLDER
    return f"{best.kind}:{best.value if written else best.folded}"
