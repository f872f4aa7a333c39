"""Names as they come from disks and archives, made readable for people and safe for files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from autograder.intake.times import OTTER_TIME
from autograder.text import printable

MAX_NAME_LENGTH = 80
MAX_READ = 300
"""No file system holds longer names; what is longer comes from an archive and is cut."""
# Names that Windows reserves whatever the extension.
RESERVED_NAMES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "123456789"
}
WORK_WORDS = re.compile(
    r"(?:draft|submitted|submission|final|old|new|attempt|version|v|copy|backup|try|first|second"
    r"|resubmi(?:t|ssion)|lab|homework|hw|assignment|exercise|lesson|module|week|notebook|src"
    r"|source|code|work|project|data|image|figure|img|file|part|solution|answer)s?"
)
"""What students call files and folders of their own: these words name nobody."""
LESSON_NUMBER = re.compile(r"\d{1,2}(?:[-._ ]\d{1,2}){1,2}(?!\d).*", re.S)
COPY_OF = re.compile(
    r"(?:(?:Copy of|Kopie von|Copie de|Copia de|Copia di|C[o\u00f3]pia de) )+", re.I
)
"""What Google Drive puts before the name of a copy."""
HASH_LENGTH = 8
HASHED = re.compile(rf"-[0-9a-f]{{{HASH_LENGTH}}}$")


def short_hash(text: str) -> str:
    """A few hexadecimal digits that tell ``text`` from others."""
    raw = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(raw).hexdigest()[:HASH_LENGTH]


def safe_name(name: str) -> str:
    """A name that is safe as a file name, in a URL and in HTML.

    A name that had to be changed carries a short hash of the original. So does one that looks as
    if it carried a hash already: a changed name never equals an unchanged one.
    """
    plain = unicodedata.normalize("NFKD", readable(name)).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._-")[:MAX_NAME_LENGTH]
    reserved = safe.partition(".")[0].lower() in RESERVED_NAMES
    if safe and safe == name and not reserved and not HASHED.search(safe):
        return safe
    return f"{safe or 'submission'}-{short_hash(name)}"


def readable(name: str) -> str:
    """A file name as text that can be stored and shown, whatever bytes it had.

    Bytes that are not UTF-8 are read as Latin-1, in which every byte is a letter or a sign.
    """
    name = name[:MAX_READ]
    raw = name.encode("utf-8", "surrogateescape" if _only_escaped(name) else "replace")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return printable(text, instead="\N{REPLACEMENT CHARACTER}")


def _only_escaped(name: str) -> bool:
    """True unless the name holds surrogates that stand for no byte, which archives can make."""
    return all("\udc80" <= c <= "\udcff" for c in name if "\ud800" <= c <= "\udfff")


def is_work_word(name: str) -> bool:
    """True for names such as ``draft 2``, ``lab`` or ``5-3-1``, which name nobody."""
    if LESSON_NUMBER.fullmatch(name[:MAX_READ]):
        return True
    words = re.sub(r"[\W\d_]+", " ", name[:MAX_READ]).casefold().split()
    return bool(words) and all(map(WORK_WORDS.fullmatch, words))


def is_released(label: str, lessons: Iterable[str]) -> bool:
    """True for a lesson's own name, also with what computers and otter add to it."""
    plain = COPY_OF.sub("", OTTER_TIME.sub("", label), count=1).casefold()
    return any(
        plain.startswith(lesson) and not plain.removeprefix(lesson).strip(" -_()0123456789copy.")
        for lesson in lessons
    )
