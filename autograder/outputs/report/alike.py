"""What students of a lesson wrote themselves: who wrote nothing, and which two wrote the same."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage
from autograder.outputs.report.rows import page_name
from autograder.outputs.report.similar import Line, Own, OwnCode, Pair, marked, near_identical
from autograder.text import shorten

SIDE_BY_SIDE = 20
"""Pairs whose code the report holds; of the others it has the links."""
MAX_LINES = 150
MAX_LINE = 160
log = logging.getLogger(__name__)


class CodeLine(NamedTuple):
    """A line of a student's code as the report shows it."""

    cell: int
    text: str
    is_common: bool


class AlikePair(NamedTuple):
    """Two rows with nearly the same code, and the code where the report has room for it."""

    first: Row
    second: Row
    pair: Pair
    code: tuple[list[CodeLine], list[CodeLine]] | None


class OwnWork(NamedTuple):
    """What the class wrote itself."""

    pairs: list[AlikePair]
    untouched: list[Row]
    """Handed in with nothing but released code: perhaps never saved."""


def own_work(
    book: Gradebook, rows: Sequence[Row], packages: Mapping[str, GradingPackage]
) -> OwnWork:
    """Compare the code of each lesson's students, one lesson at a time."""
    pairs: list[AlikePair] = []
    untouched: list[Row] = []
    for lesson, package in packages.items():
        reader = OwnCode(package)
        # The members of a group have one notebook, which is no pair with itself.
        files: dict[tuple[str, str, str], Row] = {}
        for row in rows:
            one = row.submission
            if one.lesson == lesson and one.content_hash:
                files.setdefault((one.root, one.source, one.content_hash), row)
        of_lesson = {page_name(row): row for row in files.values()}
        held = {name: _held(book, row, reader) for name, row in of_lesson.items()}
        untouched += [of_lesson[name] for name, own in held.items() if own.is_untouched]
        for pair in near_identical(lesson, held):
            first, second = of_lesson[pair.first], of_lesson[pair.second]
            room = len(pairs) < SIDE_BY_SIDE
            code = _side_by_side(book, first, second, reader) if room else None
            pairs.append(AlikePair(first, second, pair, code))
    return OwnWork(pairs, untouched)


def _held(book: Gradebook, row: Row, reader: OwnCode) -> Own:
    try:
        return reader.of(book.notebook(row.submission.content_hash))
    except Exception as error:  # One notebook, however odd, costs no other its comparison.
        log.warning("The code of %s cannot be compared: %s", page_name(row), error)
        return Own(b"", frozenset(), False)


def _side_by_side(
    book: Gradebook, first: Row, second: Row, reader: OwnCode
) -> tuple[list[CodeLine], list[CodeLine]]:
    one, other = (
        reader.lines(book.notebook(row.submission.content_hash)) for row in (first, second)
    )
    return _shown(marked(one, other)), _shown(marked(other, one))


def _shown(lines: Sequence[tuple[Line, bool]]) -> list[CodeLine]:
    return [
        CodeLine(line.cell, shorten(line.text.rstrip(), MAX_LINE), is_common)
        for line, is_common in lines[:MAX_LINES]
    ]
