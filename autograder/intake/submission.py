"""One submitted notebook as intake hands it on, and the names it may carry."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import msgspec

MAX_NAME_LENGTH = 80
# Names that Windows reserves whatever the extension.
RESERVED_NAMES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "123456789"
}


class Submission(msgspec.Struct, frozen=True):
    """One notebook of one student, or the reason why there is none."""

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
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
