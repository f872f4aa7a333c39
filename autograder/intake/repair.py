"""Bytes that are almost a notebook: other encodings, tokens that are not JSON, broken files.

Python's own ``json`` writes NaN and lone surrogates, so notebooks hold them. Everything here works
in time linear in the file's size.
"""

from __future__ import annotations

import codecs
import re

from autograder.errors import UnreadableNotebook
from autograder.intake.guard import MIB

UTF16 = "was in UTF-16, not UTF-8"
NO_NUMBERS = "numbers such as NaN, which JSON does not have"
SURROGATES = "halves of characters (lone surrogates)"
# Strings first, so that a lesson's own text about NaN is never touched; possessive quantifiers,
# so that a long string needs no memory for ways back.
TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\b(?:NaN|Infinity)\b', re.S)
ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
RAW_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.M)
BYTE = re.compile(r"\(byte (\d+)\)")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def as_utf8(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text as UTF-8 without a byte order mark, and what was done to it.

    Raises:
        UnreadableNotebook: it is no text in an encoding that editors use.
    """
    if (codec := _utf16(raw)) is not None:
        try:
            return raw.decode(codec, "replace").lstrip("\ufeff").encode(), (UTF16,)
        except UnicodeError:
            raise UnreadableNotebook("is not a notebook: it is not UTF-8 text") from None
    text = raw.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(text):
        return text, ()
    mended = RAW_SURROGATE.sub(REPLACEMENT, text)
    if _is_utf8(mended):
        return mended, (SURROGATES,)
    raise UnreadableNotebook("is not a notebook: it is not UTF-8 text")


def _utf16(raw: bytes) -> str | None:
    if raw.startswith((codecs.BOM_UTF16_LE, b"{\0")):
        return "utf-16-le"
    return "utf-16-be" if raw.startswith((codecs.BOM_UTF16_BE, b"\0{")) else None


def _is_utf8(text: bytes) -> bool:
    """Checked piece by piece: as one string a large file could take four times its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(text), MIB):
            decoder.decode(text[start : start + MIB])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def mend(text: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text with NaN as null and lone surrogates replaced, and what was found of them."""
    notes: dict[str, None] = {}

    def token(match: re.Match[bytes]) -> bytes:
        found = match[0]
        if not found.startswith(b'"'):
            notes[NO_NUMBERS] = None
            return b"null"
        return ESCAPES.sub(escape, found) if rb"\u" in found else found

    def escape(match: re.Match[bytes]) -> bytes:
        if match["lone"] is None:
            return match[0]
        notes[SURROGATES] = None
        return REPLACEMENT

    return TOKENS.sub(token, text), tuple(notes)


def why_not_json(text: bytes, error: str) -> str:
    """A phrase about text that does not parse, with the line where it goes wrong.

    Args:
        text: UTF-8, as the student's editor numbers its lines.
        error: the parser's message, which may name a byte.
    """
    if not text.lstrip().startswith(b"{"):
        return "is not a notebook: its content is not JSON"
    if (conflict := CONFLICT.search(text)) is not None:
        return (
            f"holds conflict markers of git, line {_line(text, conflict.start())}: settle the "
            "conflict and hand it in again"
        )
    where = BYTE.search(error)
    if where is None:
        return f"is a damaged notebook: its JSON is cut off, line {_line(text, len(text))}"
    return f"is a damaged notebook: its JSON is broken, line {_line(text, int(where[1]))}"


def _line(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1
