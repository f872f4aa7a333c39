"""A student's notebook as HTML in which nothing can run and nothing can be fetched.

Three fences, each enough by itself: only known cells, outputs and text or pictures are handed to
nbconvert; what it makes is cleaned by nh3 to an allow-list; the page's content security policy
forbids scripts and every address. Formulas pass the cleaning as code and are drawn after it.

A cell that cannot be shown, that takes too long or would make the page too large is a line in its
place; the cells after it are shown.
"""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from autograder.cells import recognise
from autograder.errors import UnreadableNotebook
from autograder.intake.notebook import parse_notebook
from autograder.model import Notebook
from autograder.outputs.report.clean_html import drawn, sanitised
from autograder.outputs.report.plain_cell import plain_cell, with_attachments
from autograder.sandbox.deadline import JudgingTooLong, deadline

CELL_SECONDS = 5.0
NOTEBOOK_SECONDS = 30.0
MAX_PAGE = 16_000_000
"""Characters of one notebook's HTML, pictures included: more than a browser shows with ease."""
SHORT, LONG = 20_000, 100_000
"""Characters of cells of which many, and a few, are remembered."""
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
"""What only IPython reads: magics, shell commands and questions."""


class Shown(NamedTuple):
    """A notebook as the page shows it."""

    html: str
    sections: frozenset[str]
    """The exercises that have a section, with the HTML id ``notebook-<exercise>``."""
    cells: int
    """How many cells there are; each has the id that ``cell_id`` gives."""


def cell_id(number: int, lesson: str = "") -> str:
    """The HTML id of a cell, counted from 1; on a page of several notebooks with the lesson."""
    return f"{lesson}-cell-{number}" if lesson else f"cell-{number}"


def notebook_html(raw: bytes, released: Notebook | None, lesson: str = "") -> Shown:
    """The notebook's cells as a harmless HTML fragment. Any bytes give a fragment.

    Args:
        raw: the notebook file.
        released: the lesson's student notebook as the build made it, by which the cells are
            recognised; None where no lesson is known. An exercise's section has the HTML id
            ``notebook-<exercise>``.
        lesson: for the ids of cells where a page holds several notebooks.
    """
    try:
        notebook = parse_notebook(raw)
    except UnreadableNotebook as error:
        return Shown(f"<p>This file {html.escape(str(error))}.</p>", frozenset(), 0)
    budget = _Budget()
    numbered = list(enumerate(notebook["cells"], 1))
    parts = dict(_sections(numbered, _exercises(released, notebook)))
    sections = (_section(exercise, cells, lesson, budget) for exercise, cells in parts.items())
    return Shown("".join(sections), frozenset(parts) - {""}, len(numbered))


class _Budget:
    """What is left of a notebook's time and size."""

    def __init__(self) -> None:
        _exporter()  # Made once per process; no cell's time.
        self.ends = time.monotonic() + NOTEBOOK_SECONDS
        self.size = MAX_PAGE

    def cell(self, cell: dict[str, Any]) -> str:
        """The cell as HTML, else a line that says why not, with its text."""
        left = self.ends - time.monotonic()
        if left <= 0:
            return _instead("is left out: this notebook takes too long to show.")
        try:
            with deadline(min(CELL_SECONDS, left)):
                made = _cell(cell)
        except JudgingTooLong:
            return _instead("takes too long to show.", cell)
        except Exception:  # Whatever a student's cell does to a renderer costs that cell only.
            return _instead("cannot be shown as Jupyter shows it.", cell)
        if len(made) > self.size:
            return _instead("is left out: the page would be too large for a browser.")
        self.size -= len(made)
        return made


def _instead(reason: str, cell: dict[str, Any] | None = None) -> str:
    """A line in a cell's place, and its text where it is known and short."""
    line = f'<p class="ag-bad">This cell {reason} It is in the notebook that was handed in.</p>'
    if cell is None:
        return line
    text = cell["source"].encode("utf-8", "replace").decode()[:2_000]
    return f"{line}<pre>{html.escape(text)}</pre>"


def _section(
    exercise: str, cells: list[tuple[int, dict[str, Any]]], lesson: str, budget: _Budget
) -> str:
    begin = f'<section id="notebook-{html.escape(exercise)}">' if exercise else "<section>"
    shown = "".join(_placed(number, cell, lesson, budget) for number, cell in cells)
    return f"{begin}\n{shown}</section>\n"


def _placed(number: int, cell: dict[str, Any], lesson: str, budget: _Budget) -> str:
    """A cell where links can find it; the number is the one that messages name."""
    place = html.escape(cell_id(number, lesson))
    label = f'<a class="ag-cell-number" href="#{place}">Cell {number}</a>\n'
    shown = label if cell["cell_type"] == "code" else ""
    return f'<div class="ag-cell" id="{place}">{shown}{budget.cell(cell)}</div>\n'


def _cell(cell: dict[str, Any]) -> str:
    """Convert and clean a cell by itself: what is left open in one does not swallow the next."""
    plain = plain_cell(cell)
    if plain["cell_type"] == "raw":
        return f'<div class="cell"><pre>{html.escape(plain["source"])}</pre></div>'
    encoded = json.dumps(plain)
    if len(encoded) > LONG:
        return _rendered(encoded)
    return (_one_of_many if len(encoded) <= SHORT else _one_of_few)(encoded)


def _rendered(encoded: str) -> str:
    cell = json.loads(encoded)
    pictures = cell.pop("attachments", {})
    return drawn(sanitised(with_attachments(_convert(cell), pictures)))


# Most cells are the released ones, the same in every notebook of the class; the public tests, which
# stand in one, are long.
_one_of_many = lru_cache(maxsize=2_000)(_rendered)
_one_of_few = lru_cache(maxsize=20)(_rendered)


def _exercises(released: Notebook | None, notebook: Notebook) -> list[str]:
    """The exercise of each cell, empty for the cells of none."""
    if released is None:
        return [""] * len(notebook["cells"])
    return [cell.exercise or "" for cell in recognise(released, notebook)]


def _sections(
    cells: Iterable[tuple[int, dict[str, Any]]], exercises: Iterable[str]
) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """The cells cut where an exercise begins, each part with the exercise's name or none."""
    part: list[tuple[int, dict[str, Any]]] = []
    current, seen = "", {""}
    for (number, cell), exercise in zip(cells, exercises, strict=True):
        if exercise not in seen:
            if part:
                yield current, part
            seen.add(exercise)
            current, part = exercise, []
        part.append((number, cell))
    yield current, part


def _convert(cell: dict[str, Any]) -> str:
    from nbformat import from_dict

    plain = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    body, _ = _exporter().from_notebook_node(from_dict(plain))
    return str(body)


@cache
def _exporter() -> Any:
    """nbconvert's HTML exporter without its two slow passes over the result.

    It would clean outputs with bleach and parse the page once more to add alternative texts: 0.2 s
    a notebook. nh3 does the first for the whole page.
    """
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML
    from traitlets.config import Config

    class Quick(HTMLExporter):
        def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
            return TemplateExporter.from_notebook_node(self, nb, resources, **options)

    highlight = Highlight2HTML()

    def highlight_code(source: str, metadata: Any = None) -> str:
        # Plain Python takes half the time, and an answer is the one cell that is new each time.
        return str(highlight(source, "ipython3" if MAGIC.search(source) else "python3"))

    filters = {
        "clean_html": lambda html: html,
        "highlight_code": highlight_code,
        "markdown2html": _markdown_renderer(),
    }
    make: Any = Quick
    return make(
        # The page has a style sheet of its own; this one would be made anew for each cell.
        config=Config({"CSSHTMLHeaderPreprocessor": {"enabled": False}}),
        template_name="basic",
        filters=filters,
        exclude_anchor_links=True,
        # Cells are checked once, not before and after each preprocessor.
        optimistic_validation=True,
    )


def _markdown_renderer() -> Callable[[str], str]:
    """nbconvert's Markdown, with formulas marked for ``drawn`` and attachments left in place."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return f'<code class="tex-inline">{html.escape(body)}</code>'

        def block_math(self, body: str) -> str:
            return f'<code class="tex-block">{html.escape(body)}</code>'

        def latex_environment(self, name: str, body: str) -> str:
            return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

        def _embed_image_or_attachment(self, src: str) -> str:
            return src  # nbconvert's own ends the page where an attachment is missing.

    render = MarkdownWithMath(Renderer(escape=False, exclude_anchor_links=True)).render
    return lambda source: str(render(source))
