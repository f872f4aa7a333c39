"""A student's notebook on a page: shown as far as possible, and nothing of it ever runs."""

from __future__ import annotations

import copy
import json
import re
from html import escape
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from autograder.course.packages import Built
from autograder.outputs.report.clean_html import sanitised
from autograder.outputs.report.math_html import mathml, written
from autograder.outputs.report.notebook_html import Shown, notebook_html
from tests.outputs.hostile_class import EVIL

RELEASED = {
    "cells": [
        {
            "id": f"cell-{place}",
            "cell_type": "markdown",
            "source": f"## {exercise}",
            "metadata": {"exercise": exercise, "role": "text"},
        }
        for place, exercise in enumerate(("router", "moe_layer"))
    ]
}


@pytest.mark.parametrize(
    "html",
    [
        EVIL,
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>1</script>'>x</a>",
        "<svg onload=alert(1)><script>1</script></svg>",
        "<img src='http://evil.example/x.png'>",
        "<img src='data:image/svg+xml;base64,AAAA'>",
        "<span style='background:url(http://evil.example)'>x</span>",
        "<span style='position:fixed;top:0'>x</span>",
        "<iframe src='http://evil.example'></iframe><form action=x><input></form>",
        "<style>body{display:none}</style><link rel=stylesheet href=x><meta http-equiv=refresh>",
        "<div class='ag-total' id='lesson-1' onclick='x()'>40 of 40</div>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    ],
)
def test_nothing_that_runs_fetches_or_imitates_survives(html: str) -> None:
    cleaned = sanitised(html).lower()
    for word in ("<script", "javascript:", "onerror", "onload", "onclick", "evil", "<iframe",
                 "<form", "<style", "<link", "<meta", "<svg", "position", "ag-", "id=",
                 "svg+xml", "data:text"):  # fmt: skip
        assert word not in cleaned


def test_what_is_harmless_survives() -> None:
    colour = "<span style='background-color:#fdd' title='expert 3'>the</span>"
    assert "background-color:#fdd" in sanitised(colour)
    table = sanitised("<table><tr><td>1</td></tr></table>")
    assert re.fullmatch(r'<div class="ag-scroll" [^>]*><table>.*<td>1</td>.*</table></div>', table)
    assert sanitised('<img src="data:image/png;base64,AAAA">') == (
        '<img alt="output of this cell" src="data:image/png;base64,AAAA">'
    )
    assert sanitised("<h1>mine</h1>") == "<h3>mine</h3>"


def test_strange_outputs_are_shown_as_far_as_possible() -> None:
    outputs: list[Any] = [
        3,
        {"output_type": "stream", "text": ["a", 3, "b"], "name": 7},
        {"output_type": "error", "traceback": "no list", "evalue": "boom"},
        {"output_type": "display_data", "data": {"application/javascript": "document.title=1"}},
        {"output_type": "display_data", "data": {"image/png": "A" * 4_000_000}},
        {"output_type": "display_data", "data": 3},
        {"output_type": "stream", "text": "x" * 30_000},
    ]
    cell = {"cell_type": "code", "source": "1", "execution_count": "x", "outputs": outputs}
    html = page_of([cell])
    for text in ("ab", "boom", "does not show", "10,000 more characters left out"):
        assert text in html
    assert "document.title" not in html
    assert "empty file" in notebook_html(b"", None).html


def page_of(cells: list[dict[str, Any]]) -> str:
    raw = json.dumps({"nbformat": 4, "cells": cells}).encode()
    return notebook_html(raw, RELEASED).html


def rendered(*sources: str) -> str:
    """Markdown cells as the page shows them; the first two belong to exercises."""
    cells = [
        {"cell_type": "markdown", "source": source, "metadata": {}, "id": f"cell-{place}"}
        for place, source in enumerate(sources)
    ]
    return page_of(cells)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("x = 7 % 3\nprint(x != 1)", "python3"),
        ("%matplotlib inline", "ipython3"),
        ("x = 1\n  !pip list", "ipython3"),
        ("files = !ls", "ipython3"),
        ("torch.einsum?", "ipython3"),
    ],
)
def test_what_only_ipython_reads_is_coloured_as_such(source: str, language: str) -> None:
    cell: dict[str, Any] = {
        "cell_type": "code", "source": source, "outputs": [], "execution_count": None,
    }  # fmt: skip
    html = page_of([cell])
    assert f"hl-{language}" in html


def test_formulas_are_drawn() -> None:
    html = rendered("With $x<y$, that is\n\n$$L = N \\sum_i f_i$$\n\nand `$x$` stays code.")
    assert '<math display="inline"><mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow></math>' in html
    assert '<math display="block">' in html
    assert "<code>$x$</code>" in html
    assert '<mi>a</mi><mspace width="0.167em"></mspace>' in str(mathml(r"a \, b", False))


def test_a_formula_that_cannot_be_read_stays_as_typed() -> None:
    assert '<code class="tex-inline">x_{</code>' in rendered("see $x_{$ here")
    assert mathml("x" * 2_000, False) is None
    assert mathml("{" * 900, False) is None


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>document.title='owned'</script>}",
        r"\text{&lt;script&gt;owned&lt;/script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed;background:url(//evil.example)}{x}",
        r"\class{ag-total}{x}",
        r'\textcolor{red" onclick="alert(1)}{x}',
        r"\hspace{9000em} x",
        r"\rule{9000em}{9000em}",
        r"<img src=x onerror=alert(1)>",
    ],
)
def test_no_formula_runs_fetches_or_imitates(tex: str) -> None:
    forbidden = "script|href|onerror|onclick|<img|style=|url|ag-|9000"
    for html in (rendered(f"${tex}$"), rendered(f'<code class="tex-block">{escape(tex)}</code>')):
        own = html.replace('<div class="ag-cell" id="cell-1">', "", 1)
        assert not re.search(forbidden, "".join(re.findall(r"<[^>]*>", own)).lower())


def test_of_an_unknown_element_only_its_text_is_written() -> None:
    tree = fromstring("<math onclick='x'><a href='y'><mi>k</mi></a><script>1&lt;2</script></math>")
    assert written(tree) == "<math><mi>k</mi>1&lt;2</math>"


def test_a_formula_in_an_attribute_is_left_alone() -> None:
    html = rendered("""<b title='<code class="tex-inline">x</code>'>b</b> ![$y$](x "$z$")""")
    assert "<math" not in html


def test_exercises_have_places_and_do_not_swallow_each_other() -> None:
    html = rendered("<div><pre>left open <!-- here", "second $x$", "third")
    first, second = html.split('<section id="notebook-moe_layer">')
    assert '<section id="notebook-router">' in first
    assert "second <math" in second
    assert "third" in second


CELLS_OF = re.compile(r'<section id="notebook-(\w+)">|id="cell-(\d+)"')


def sections_of(shown: Shown) -> dict[str, list[int]]:
    """The numbers of the cells that stand in each exercise's section."""
    found: dict[str, list[int]] = {"": []}
    for exercise, number in CELLS_OF.findall(shown.html):
        if exercise:
            found[exercise] = []
        else:
            found[list(found)[-1]].append(int(number))
    return found


@pytest.mark.parametrize("metadata", ["kept", "lost"])
def test_a_section_holds_the_same_cells_where_ids_are_lost(
    metadata: str, first_lesson: Built
) -> None:
    released = first_lesson.package.released
    notebook = {**copy.deepcopy(first_lesson.solution), "metadata": {}}
    wanted = sections_of(notebook_html(json.dumps(notebook).encode(), released))
    for cell in notebook["cells"]:
        del cell["id"]
        if metadata == "lost":
            cell["metadata"] = {}
    shown = notebook_html(json.dumps(notebook).encode(), released)
    assert shown.sections == {*first_lesson.package.exercises}
    assert sections_of(shown) == wanted
