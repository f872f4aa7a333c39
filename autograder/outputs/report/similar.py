"""Find notebooks whose own code is nearly the same: pairs for a human to judge, never a verdict.

What everyone has in common (the released text, the obvious solution) proves nothing, so only
pieces of code that few students share count.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

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
TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|[^\w\s]")
COMMENT = re.compile(r"#[^\n]*")
OWN_NAME = "name"


class Pair(msgspec.Struct, frozen=True):
    """Two submissions of one lesson that share most of the code that few others wrote."""

    first: str
    second: str
    lesson: str
    share: float
    """Shared rare pieces over the rare pieces of the shorter of the two."""
    pieces: int
    identical: bool


class OwnCode:
    """Reads what students of one lesson wrote themselves, with the names they chose made equal."""

    def __init__(self, package: GradingPackage) -> None:
        text = [str(cell.get("source", "")) for cell in package.released["cells"]]
        self.released = {line.strip() for source in text for line in source.splitlines()}
        self.known = {*keyword.kwlist, *TOKEN.findall("\n".join(text))}

    def lines(self, raw: bytes) -> list[tuple[str, ...]]:
        """The tokens of every line of code that the released notebook does not have."""
        try:
            notebook = parse_notebook(raw)
        except UnreadableNotebook:
            return []
        sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        lines = [line for source in sources for line in source.splitlines()]
        own = [line for line in lines if line.strip() not in self.released]
        tokens = (self.normalised(COMMENT.sub("", line)) for line in own)
        return [line for line in tokens if line]

    def normalised(self, line: str) -> tuple[str, ...]:
        """Renaming a variable changes nothing; a method's name, after a dot, stays."""
        found = TOKEN.findall(line)
        return tuple(
            OWN_NAME
            if token not in self.known and token.isidentifier() and before != "."
            else token
            for before, token in zip(["", *found], found, strict=False)
        )


def pieces(lines: Sequence[tuple[str, ...]]) -> frozenset[int]:
    """Hashes of the few tokens that follow each beginning of a line."""
    tokens = [token for line in lines for token in line]
    starts = accumulate((len(line) for line in lines), initial=0)
    return frozenset(hash(tuple(tokens[at : at + PIECE_TOKENS])) for at in starts)


def near_identical(lesson: str, code: Mapping[str, Sequence[tuple[str, ...]]]) -> list[Pair]:
    """Pairs of one lesson's submissions, the most alike first.

    Args:
        lesson: their lesson.
        code: submission to the tokens of the student's own lines.
    """
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    for name, lines in code.items():
        groups[tuple(lines)].append(name)
    # One notebook stands for those identical to it, or common code would look rare.
    found = {names[0]: pieces(code[names[0]]) for names in groups.values()}
    same = [
        Pair(first, second, lesson, 1.0, len(found[names[0]]), True)
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
        Pair(a, b, lesson, count / min(sizes[a], sizes[b]), count, False)
        for (a, b), count in shared.items()
        if count >= MIN_PIECES and count >= MIN_SHARE * min(sizes[a], sizes[b])
    ]
    return sorted(pairs, key=lambda pair: (-pair.share, -pair.pieces, pair.first))
