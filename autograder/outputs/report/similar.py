"""Find notebooks whose own code is nearly the same: pairs for a human to judge, never a verdict.

What everyone has in common (the released text, the obvious solution) proves nothing, so only
pieces of code that few students share count. Of each notebook a bounded part is read and held.
"""

from __future__ import annotations

import hashlib
import keyword
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

import msgspec

from autograder.errors import UnreadableNotebook
from autograder.intake.notebook import parse_notebook
from autograder.model import GradingPackage

PIECE_TOKENS = 8
"""Length of a piece of code that is looked up in other notebooks; one begins at each line."""
FEW_STUDENTS = 4
MIN_PIECES = 10
MIN_SHARE = 0.8
MAX_PAIRS = 200
MAX_CODE = 20_000
"""Characters of a student's cells that are read: several times a whole lesson's solution."""
MAX_LINES = 1_500
MAX_FRESH_STARTS = 20
"""How often reading goes on after what is no Python."""
OWN_NAME = "name"
KINDS = {tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP, tokenize.ERRORTOKEN}
"""Tokens that are code: comments, layout and line ends are none."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two submissions of one lesson that share most of the code that few others wrote."""

    first: str
    second: str
    lesson: str
    share: float
    """Shared rare pieces over the rare pieces of the shorter of the two."""
    pieces: int
    identical: bool


class Line(NamedTuple):
    """A line of code that a student wrote."""

    cell: int
    text: str
    tokens: tuple[str, ...]
    """With the names that the student chose made equal."""


class Own(NamedTuple):
    """What is held of one notebook's own code."""

    digest: bytes
    """Of all its tokens: equal for notebooks that differ in names, comments and layout only."""
    pieces: frozenset[int]
    is_untouched: bool
    """The notebook was read, and nothing in it is the student's."""


class OwnCode:
    """Reads what students of one lesson wrote themselves, with the names they chose made equal."""

    def __init__(self, package: GradingPackage) -> None:
        self._sources = {
            str(cell.get("source", ""))
            for cell in package.released["cells"]
            if cell["cell_type"] == "code"
        }
        lines = [line for source in self._sources for line in source.splitlines()]
        self.released = {line.strip() for line in lines}
        tokens = (token for source in self._sources for _, token in tokens_of(source))
        self.known = {*keyword.kwlist, *tokens}

    def of(self, raw: bytes) -> Own:
        """What is held of a notebook; of one that cannot be read, nothing."""
        try:
            lines = self.lines(raw)
        except UnreadableNotebook:
            return Own(b"", frozenset(), False)
        digest = hashlib.sha256(repr([line.tokens for line in lines]).encode("utf-8", "replace"))
        return Own(digest.digest(), frozenset(pieces(lines)), not lines)

    def lines(self, raw: bytes) -> list[Line]:
        """Every line of code that the released notebook does not have, up to a limit.

        Raises:
            UnreadableNotebook: the bytes are no notebook.
        """
        found = (line for cell, source in self._changed(raw) for line in self._own(cell, source))
        return list(islice(found, MAX_LINES))

    def _changed(self, raw: bytes) -> Iterator[tuple[int, str]]:
        """The numbers and sources of code cells that differ from the released ones."""
        left = MAX_CODE
        for number, cell in enumerate(parse_notebook(raw)["cells"], 1):
            source = cell["source"]
            if cell["cell_type"] == "code" and left > 0 and source not in self._sources:
                yield number, source[:left]
                left -= len(source)

    def _own(self, cell: int, source: str) -> Iterator[Line]:
        by_line: dict[int, list[str]] = defaultdict(list)
        for row, token in tokens_of(source):
            by_line[row].append(token)
        text = source.split("\n")
        for row, tokens in by_line.items():
            if text[row].strip() not in self.released:
                yield Line(cell, text[row], self.normalised(tokens))

    def normalised(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """Renaming a variable changes nothing; a method's name, after a dot, stays."""
        return tuple(
            OWN_NAME
            if token not in self.known and token.isidentifier() and before != "."
            else token
            for before, token in zip(["", *tokens], tokens, strict=False)
        )


def tokens_of(source: str) -> tuple[tuple[int, str], ...]:
    """Line, counted from 0, and text of each token; what is no Python is passed over."""
    # Without their indent, lines can be read from any one on.
    lines = [f"{line.strip()}\n" for line in source.split("\n")]
    found: list[tuple[int, str]] = []
    start = 0
    for _ in range(MAX_FRESH_STARTS):
        last = start
        try:
            for token in tokenize.generate_tokens(iter(lines[start:]).__next__):
                last = start + token.start[0] - 1
                if token.type in KINDS and not token.string.startswith(('"""', "'''")):
                    found.append((last, token.string.strip()))
            break
        except (tokenize.TokenError, SyntaxError):
            start = last + 1
    return tuple((line, token) for line, token in found if token and line < len(lines))


def pieces(lines: Sequence[Line]) -> Iterator[int]:
    """For each line, a hash of the few tokens from its beginning on."""
    tokens = [token for line in lines for token in line.tokens]
    starts = accumulate((len(line.tokens) for line in lines), initial=0)
    for _, at in zip(lines, starts, strict=False):
        yield hash(tuple(tokens[at : at + PIECE_TOKENS]))


def marked(lines: Sequence[Line], other: Sequence[Line]) -> list[tuple[Line, bool]]:
    """Each line, and whether it and what follows it stand in the other notebook too."""
    there, whole = frozenset(pieces(other)), {line.tokens for line in other}
    return [
        (line, piece in there and line.tokens in whole)
        for line, piece in zip(lines, pieces(lines), strict=True)
    ]


def near_identical(lesson: str, code: Mapping[str, Own]) -> list[Pair]:
    """Pairs of one lesson's submissions, the most alike first.

    Args:
        lesson: their lesson.
        code: submission to what is held of its own code.
    """
    groups: dict[bytes, list[str]] = defaultdict(list)
    for name, own in code.items():
        groups[own.digest].append(name)
    # One notebook stands for those identical to it, or common code would look rare.
    found = {names[0]: code[names[0]].pieces for names in groups.values()}
    same = [
        Pair(
            first=first,
            second=second,
            lesson=lesson,
            share=1.0,
            pieces=len(found[names[0]]),
            identical=True,
        )
        for names in groups.values()
        if len(found[names[0]]) >= MIN_PIECES
        for first, second in zip(names, names[1:], strict=False)
    ]
    return (same + _alike(lesson, found))[:MAX_PAIRS]


def _alike(lesson: str, found: Mapping[str, frozenset[int]]) -> list[Pair]:
    owners: dict[int, list[str]] = defaultdict(list)
    for name, own in found.items():
        for piece in own:
            owners[piece].append(name)
    sizes: Counter[str] = Counter()
    shared: Counter[tuple[str, str]] = Counter()
    for names in owners.values():
        if len(names) <= FEW_STUDENTS:
            for place, name in enumerate(names):
                sizes[name] += 1
                for other in names[place + 1 :]:
                    shared[name, other] += 1
    pairs = [
        Pair(
            first=a,
            second=b,
            lesson=lesson,
            share=count / min(sizes[a], sizes[b]),
            pieces=count,
            identical=False,
        )
        for (a, b), count in shared.items()
        if count >= MIN_PIECES and count >= MIN_SHARE * min(sizes[a], sizes[b])
    ]
    return sorted(pairs, key=lambda pair: (-pair.share, -pair.pieces, pair.first))
