"""From anything in the report to the students behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from autograder.gradebook.records import Row
from autograder.outputs.report.marking import with_cell_links
from autograder.outputs.report.rows import key, page_name, student_name
from autograder.outputs.report.stats import Key
from autograder.text import shorten

FEW = 12
"""Links that stand in the page; the others are made from the table of students when asked for."""
ANY_CELL = 99_999
MAX_SENTENCE = 400


class Link(NamedTuple):
    """A student's name and where it leads."""

    student: str
    address: str


class People:
    """The rows of the class in the order of the table, and the addresses of their pages."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: student_name(row).casefold())
        self._place = {key(row): place for place, row in enumerate(self.rows)}
        self._notebooks = Counter(map(page_name, rows))

    def link(self, row: Row, anchor: str = "") -> Link:
        """The student's page, at an anchor."""
        address = f"feedback/{quote(page_name(row))}.html"
        return Link(student_name(row), f"{address}#{anchor}" if anchor else address)

    def few(self, who: Iterable[Key], anchor: str = "") -> list[Link]:
        """Links to the first of some students, in the order of the table."""
        places = sorted(self._place[one] for one in who)[:FEW]
        return [self.link(self.rows[place], anchor) for place in places]

    def places(self, who: Sequence[Key]) -> str:
        """Where the students stand in the table, for the script that makes the other links."""
        if len(who) <= FEW:
            return ""
        return " ".join(str(place) for place in sorted(self._place[one] for one in who))

    def sentence(self, row: Row, text: str) -> Markup:
        """An event's sentence; its cell leads to that cell on the student's page."""
        lesson = row.submission.lesson or "" if self._notebooks[page_name(row)] > 1 else ""
        page = self.link(row).address
        return with_cell_links(shorten(text, MAX_SENTENCE), ANY_CELL, page, lesson)
