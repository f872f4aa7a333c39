"""One submitted notebook as intake hands it on, and the names it may carry."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from enum import StrEnum

import msgspec

from autograder.text import printable

MAX_NAME_LENGTH = 80
# Names that Windows reserves whatever the extension.
RESERVED_NAMES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "123456789"
}


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


class Submission(msgspec.Struct, frozen=True):
    """One notebook that was handed in, or the reason why there is none."""

    name: str
    """The file's or folder's name, made safe: names the rows, pages and folders of results."""
    student: str
    key: str
    """Who submitted, in the words of the source: submissions with one key are one student's."""
    root: str
    """The path the instructor gave under which it was found."""
    source: str = ""
    """Where it was found, for people to read."""
    lesson: str | None = None
    attempt: int = 1
    submitted_at: float | None = None
    """Seconds since 1970, or None when nothing tells."""
    time_source: str = ""
    """Who says so: ``gradescope``, ``file name`` or ``file time``."""
    late: bool = False
    """Marked late by the source itself."""
    canvas_id: str = ""
    content_hash: str = ""
    problem: str = ""
    """One sentence when this cannot be graded."""
    people: tuple[Person, ...] = ()
    """Who handed in: one person, or the members of a group."""
    layout: str = ""
    """The layout that it was read by, such as ``canvas`` or ``folders``."""
    number: int | None = None
    """The source's own number of this hand-in, where it has one; larger is later."""


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def safe_name(name: str) -> str:
    """A name that is safe as a file name, in a URL and in HTML.

    A name that had to be changed carries a short hash of the original, so that two students whose
    names become equal keep separate rows.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", ascii_name).strip("._-")[:MAX_NAME_LENGTH]
    if safe and safe == name and safe.lower() not in RESERVED_NAMES:
        return safe
    return f"{safe or 'submission'}-{short_hash(name)}"


def readable(name: str) -> str:
    """A file name as text that can be stored and shown, whatever bytes it had."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return printable(text, instead="\N{REPLACEMENT CHARACTER}")
