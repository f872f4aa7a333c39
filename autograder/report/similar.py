"""Find notebooks whose own code is nearly the same: pairs for a human to judge, never a verdict.

What everyone has in common (the released text, the obvious solution) proves nothing, so only
pieces of code that few students share count.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from autograder.intake.notebook import UnreadableNotebook, parse_notebook
from autograder.model import GradingPackage

PIECE_TOKENS = 6
"""Length of a piece of code that is looked up in other notebooks."""
FEW_STUDENTS = 4
MIN_PIECES = 20
MIN_SHARE = 0.8
MAX_PAIRS = 200
TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|[^\w\s]")
COMMENT = re.compile(r"#[^\n]*")


class Pair(msgspec.Struct, frozen=True):
    """Two submissions of one lesson that share most of the code that few others wrote."""

    first: str
    second: str
    lesson: str
    share: float
    """Shared rare pieces over the rare pieces of the shorter of the two."""
    pieces: int
    identical: bool


def own_code(raw: bytes, package: GradingPackage) -> list[str]:
    """The student's own lines: code that the released notebook does not have."""
    try:
        notebook = parse_notebook(raw)
    except UnreadableNotebook:
        return []
    released = {
        line.strip()
        for cell in package.released["cells"]
        for line in str(cell.get("source", "")).splitlines()
    }
    sources = (cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    lines = (COMMENT.sub("", line).strip() for source in sources for line in source.splitlines())
    return [line for line in lines if line and line not in released]


def pieces(lines: Iterable[str]) -> frozenset[int]:
    """Hashes of every run of a few tokens: comments and layout left out."""
    tokens = TOKEN.findall("\n".join(lines))
    return frozenset(map(hash, zip(*(tokens[i:] for i in range(PIECE_TOKENS)), strict=False)))


def near_identical(lesson: str, code: Mapping[str, list[str]]) -> list[Pair]:
    """Pairs of one lesson's submissions, the most alike first.

    Args:
        lesson: their lesson.
        code: submission to the student's own lines.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name, lines in code.items():
        groups[hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()].append(name)
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
