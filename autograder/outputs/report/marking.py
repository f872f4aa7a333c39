"""Sentences of the engine and of tests marked up: cells as links, values in monospace."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from autograder.outputs.report.notebook_html import cell_id
from autograder.text import values

CELL = re.compile(r"\bCell (\d{1,5})\b")


def with_cell_links(sentence: str, cells: int, page: str = "", lesson: str = "") -> Markup:
    """A sentence in which "Cell 8" leads to that cell.

    Args:
        sentence: plain text.
        cells: how many cells the notebook has; other numbers stay text.
        page: the address of the student's page; empty on that page itself.
        lesson: as for ``cell_id``.
    """

    def link(found: re.Match[str]) -> str:
        number = int(found[1])
        if not 1 <= number <= cells:
            return found[0]
        address = escape(f"{page}#{cell_id(number, lesson)}")
        return f'<a href="{address}">Cell {number}</a>'

    return Markup(CELL.sub(link, str(escape(sentence))))


def as_message(text: str) -> Markup:
    """A test's message with calls, lists and tensors as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if is_value else part
        for is_value, part in values(text)
    )
