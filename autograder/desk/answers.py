"""A student's code for one exercise, and where it differs from another's."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from autograder.cells import split
from autograder.cells.record import Role
from autograder.errors import UnreadableNotebook
from autograder.intake import parse_notebook
from autograder.model import GradingPackage
from autograder.text import shorten

MAX_LINES = 400
"""Of one answer; comparing takes the square of it at worst."""
MAX_LINE = 400
REPEATED = 40
"""Of a line that stands more often, each repetition is compared only with the one of its number:
two answers of a few lines over and over would take seconds."""


class CodeCell(NamedTuple):
    """One cell as the desk shows it."""

    number: int
    """Counted from 1 over all cells of the student's notebook."""
    role: str
    lines: tuple[tuple[str, bool], ...]
    """Each line, and whether the other answer has it not."""


def answer_cells(package: GradingPackage, raw: bytes, exercise: str) -> list[CodeCell]:
    """The cells in which a student wrote something, in running order; none where none are known."""
    try:
        sections = split(package, parse_notebook(raw))
    except UnreadableNotebook:
        return []
    own = (
        cell
        for section in sections
        if section.exercise == exercise
        for cell in section.cells
        if cell.number and (not cell.unchanged or cell.role is Role.ANSWER)
    )
    left = MAX_LINES
    found = []
    for cell in own:
        lines = cell.source.split("\n")[:left]
        left -= len(lines)
        shown = tuple((shorten(line, MAX_LINE), False) for line in lines)
        found.append(CodeCell(cell.number, cell.role, shown))
        if left <= 0:
            break
    return found


def marked(cells: Sequence[CodeCell], other: Sequence[CodeCell]) -> list[CodeCell]:
    """The cells, each line marked that the other answer does not have in its place."""
    ours = _numbered([text for cell in cells for text, _ in cell.lines])
    theirs = _numbered([text for cell in other for text, _ in cell.lines])
    matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
    common = {
        place + offset for _, place, size in matcher.get_matching_blocks() for offset in range(size)
    }
    numbers = iter(range(len(ours)))
    return [
        cell._replace(lines=tuple((text, next(numbers) not in common) for text, _ in cell.lines))
        for cell in cells
    ]


def _numbered(lines: Sequence[str]) -> list[tuple[str, int]]:
    """The lines, those that are repeated very often with the number of the repetition."""
    often = {text for text, count in Counter(lines).items() if count > REPEATED}
    seen: Counter[str] = Counter()
    numbered = []
    for text in lines:
        seen[text] += text in often
        numbered.append((text, seen[text]))
    return numbered
