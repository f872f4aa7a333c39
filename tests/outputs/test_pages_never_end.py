"""Whatever a student hands in, there is a page, it ends, and the others' pages come out."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograder.gradebook.store import Gradebook
from autograder.outputs.report import feedback, notebook_html, page, render
from autograder.outputs.report.plain_cell import plain_cell, terminal_text
from autograder.outputs.report.workers import each_apart
from tests import synthetic

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def page_of(*cells: dict[str, Any]) -> str:
    raw = json.dumps({"nbformat": 4, "cells": list(cells)}).encode()
    return notebook_html.notebook_html(raw, None).html


def markdown(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def printed(text: str) -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": text}
    return {"cell_type": "code", "source": "1", "execution_count": 1, "outputs": [output]}


# Cells


ATTACHED = {"image.png": {"image/png": PNG}}


@pytest.mark.parametrize(
    "source",
    [
        "![image.png](attachment:image.png)",
        '<img src="attachment:image.png">',
        "![a sketch](attachment:image.png 'title')",
    ],
)
def test_a_pasted_picture_is_shown(source: str) -> None:
    shown = page_of(markdown(source, attachments=ATTACHED), markdown("after"))
    assert f'src="data:image/png;base64,{PNG}"' in shown
    assert "after" in shown


def test_a_picture_whose_name_has_a_space_is_shown() -> None:
    attachments = {"my sketch.png": {"image/png": PNG}}
    assert PNG in page_of(markdown("![x](attachment:my%20sketch.png)", attachments=attachments))


@pytest.mark.parametrize(
    "attachments",
    [
        None,
        {},
        7,
        {"image.png": 3},
        {"image.png": {"image/svg+xml": PNG}},
        {"image.png": {"text/html": "<script>1</script>"}},
        {"image.png": {"image/png": 'x" onerror="alert(1)'}},
        {"image.png": {"image/png": "A" * 4_000_000}},
    ],
)
def test_a_picture_that_is_missing_or_no_picture_is_a_line(attachments: Any) -> None:
    source = "![image.png](attachment:image.png) and more"
    shown = page_of(markdown(source, attachments=attachments), markdown("after"))
    assert "[the picture image.png is not in this notebook]" in shown
    assert "and more" in shown
    assert "onerror" not in shown
    assert "after" in shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[38;5;208morange", "\x1b[38;5;208morange"),
        ("\x1b[38mhalf", "half"),
        ("\x1b[0;038;5mhalf", "half"),
        ("\x1b[48;2;1mhalf", "half"),
        ("\x1b]8;;http://evil.example\x07link\x1b]8;;\x07", "link"),
        ("\x1b[2J\x1b[1;1Hcleared\x1b[?25l", "cleared"),
        ("ends in \x1b", "ends in "),
        ("ends in \x1b[3", "ends in "),
        (" 10%\r 50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("bell\a null\0 tab\t", "bell null tab\t"),
    ],
)
def test_what_a_terminal_shows_in_the_end(written: str, shown: str) -> None:
    assert terminal_text(written) == shown
    assert "after" in page_of(printed(written), markdown("after"))


def test_a_formula_that_was_displayed_is_drawn() -> None:
    data = {"text/latex": r"$\displaystyle x^2$", "text/plain": "<IPython.core.display.Math>"}
    output = {"output_type": "execute_result", "data": data, "metadata": {}}
    cell = {"cell_type": "code", "source": "1", "execution_count": 10**30, "outputs": [output]}
    assert "<math" in page_of(cell)


@pytest.mark.parametrize("error", [RecursionError(), MemoryError(), IndexError("pop")])
def test_a_cell_that_breaks_a_renderer_is_a_line_with_its_text(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real = plain_cell

    def breaks(cell: dict[str, Any]) -> dict[str, Any]:
        if "deep" in cell["source"]:
            raise error
        return real(cell)

    monkeypatch.setattr(notebook_html, "plain_cell", breaks)
    shown = page_of(markdown("deep <b>"), markdown("after"))
    assert "This cell cannot be shown as Jupyter shows it." in shown
    assert "<pre>deep &lt;b&gt;</pre>" in shown
    assert "after" in shown


def test_a_raw_cell_is_shown_as_text() -> None:
    assert "<pre>&lt;b&gt;raw</pre>" in page_of({"cell_type": "raw", "source": "<b>raw"})


def test_a_cell_that_takes_too_long_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = notebook_html._cell

    def slow(cell: dict[str, Any]) -> str:
        while cell["source"] == "slow":
            time.sleep(0.01)
        return real(cell)

    monkeypatch.setattr(notebook_html, "_cell", slow)
    monkeypatch.setattr(notebook_html, "CELL_SECONDS", 0.2)
    shown = page_of(markdown("slow"), markdown("after"))
    assert "takes too long to show" in shown
    assert "after" in shown
    monkeypatch.setattr(notebook_html, "CELL_SECONDS", 5.0)
    monkeypatch.setattr(notebook_html, "NOTEBOOK_SECONDS", 0.3)
    shown = page_of(markdown("slow"), markdown("after"))
    assert "this notebook takes too long to show" in shown
    assert "after" not in shown


def test_a_page_stays_small_enough_for_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_html, "MAX_PAGE", 9_000)
    shown = page_of(*(markdown(f"{place} " + "x" * 1_000) for place in range(12)), markdown("end"))
    assert shown.count("the page would be too large") == 12 - shown.count("x" * 1_000)
    assert 5 < shown.count("x" * 1_000) < 9
    # What is small still has a place.
    assert "end" in shown


def test_outputs_without_end_are_cut() -> None:
    cell = printed("line") | {"outputs": printed("line")["outputs"] * 1_000}
    assert "[800 more outputs left out]" in page_of(cell)


# What Jupyter can write, and what it cannot

TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.text(max_size=50), max_size=4),
    st.sampled_from(
        ["\x1b[38m", "\x1b[48;5;999m", "$$" * 40, "\\begin{x}", "$\\frac{$", "[" * 400, "> " * 300,
         "`" * 301, "|a|\n|-|\n" * 30, "<div>" * 300, "<!--", "\ud800", "![](attachment:)",
         "* " * 200, "x" * 25_000, "\r" * 100, "<a href='attachment:x'>", "&#0;", "${\\text{$"]
    ),
)  # fmt: skip
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KINDS = st.sampled_from(
    ["text/plain", "text/html", "text/latex", "text/markdown", "image/png", "image/jpeg",
     "image/svg+xml", "application/json", "application/vnd.jupyter.widget-view+json", ""]
)  # fmt: skip
BUNDLES = st.dictionaries(KINDS, TEXTS | ANYTHING, max_size=3)
OUTPUTS = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({"output_type": st.just("stream"), "text": TEXTS, "name": TEXTS}),
    st.fixed_dictionaries(
        {"output_type": st.just("error"), "traceback": TEXTS | ANYTHING, "evalue": TEXTS}
    ),
    st.fixed_dictionaries(
        {"output_type": st.sampled_from(["display_data", "execute_result"]), "data": BUNDLES,
         "metadata": ANYTHING}
    ),
)  # fmt: skip
CELLS = st.one_of(
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["markdown", "raw"]), "source": TEXTS,
         "attachments": ANYTHING | st.dictionaries(TEXTS.filter(lambda t: isinstance(t, str)),
                                                    BUNDLES, max_size=2)}
    ),
    st.fixed_dictionaries(
        {"cell_type": st.just("code"), "source": TEXTS, "execution_count": ANYTHING,
         "outputs": st.lists(OUTPUTS, max_size=3) | ANYTHING, "metadata": ANYTHING}
    ),
)  # fmt: skip
FORBIDDEN = re.compile(r"<(script|iframe|object|embed|form|svg|style|link|meta|base)\b", re.I)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_any_cells(cells: list[dict[str, Any]]) -> None:
    raw = json.dumps({"nbformat": 4, "cells": [*cells, markdown("the last")]}).encode()
    shown = notebook_html.notebook_html(raw, None)
    assume(shown.cells)  # Else the parser has refused it, as another test shows.
    assert shown.cells == len(cells) + 1
    assert shown.html.count('<div class="ag-cell" id="cell-') == shown.cells
    assert "the last" in shown.html
    assert not FORBIDDEN.search(shown.html)
    shown.html.encode("utf-8")


@quick
@given(st.lists(CELLS, max_size=4))
def test_every_notebook_that_can_be_parsed_has_all_its_cells_on_the_page(
    cells: list[dict[str, Any]],
) -> None:
    check_any_cells(cells)


@pytest.mark.long
@settings(quick, max_examples=5_000)
@given(st.lists(CELLS, max_size=6))
def test_every_notebook_has_its_cells_for_minutes(cells: list[dict[str, Any]]) -> None:
    started = time.monotonic()
    check_any_cells(cells)
    assert time.monotonic() - started < notebook_html.NOTEBOOK_SECONDS


@quick
@given(st.binary(max_size=400) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_shown_or_said_to_be_no_notebook(raw: bytes) -> None:
    assert "This file " in notebook_html.notebook_html(raw, None).html


# Pages


def write(folder: Path, **more: Any) -> int:
    with Gradebook.open(folder) as book:
        return feedback.write_feedback(book, folder, {}, **more)


def text_of(folder: Path, name: str) -> str:
    return (folder / "feedback" / f"{name}.html").read_text()


def test_a_page_that_cannot_be_made_says_so_and_the_others_come_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.make_class(tmp_path, 4)
    real = render._rendered

    def fails(page: render.Page, released: render.Released) -> bytes:
        if page.name == "student0001":
            raise MemoryError
        return real(page, released)

    monkeypatch.setattr(render, "_rendered", fails)
    assert write(tmp_path) == 4
    assert "This page could not be made." in text_of(tmp_path, "student0001")
    assert "points" in text_of(tmp_path, "student0002")
    # It is tried again the next time.
    monkeypatch.setattr(render, "_rendered", real)
    assert write(tmp_path) == 1
    assert "of 40 points" in text_of(tmp_path, "student0001")


def test_a_record_that_cannot_be_told_costs_its_page_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.make_class(tmp_path, 3)
    monkeypatch.setattr(
        Gradebook, "notebook", lambda book, known: b"x" if known != "hash2" else 1 / 0
    )
    assert write(tmp_path) == 3
    assert "This page could not be made." in text_of(tmp_path, "student0002")
    assert "not a notebook" in text_of(tmp_path, "student0001")
    with Gradebook.open(tmp_path) as book:
        assert page.write_report(book, tmp_path, missing=["Mia <b>"]).is_file()


def do(piece: str) -> str:
    if piece == "dies":
        os._exit(9)
    while piece == "hangs":
        time.sleep(0.1)
    return f"done {piece}"


def test_a_process_that_dies_or_hangs_costs_its_own_piece_only() -> None:
    work = ["a", "dies", "b", "hangs", "c", "dies", "d"]
    made = each_apart(work, do, lambda piece: f"no {piece}", jobs=2, seconds=8)
    assert sorted(made) == [
        "done a",
        "done b",
        "done c",
        "done d",
        "no dies",
        "no dies",
        "no hangs",
    ]


def test_many_pages_are_made_by_several_processes(tmp_path: Path) -> None:
    synthetic.make_class(tmp_path, render.PARALLEL_FROM)
    told: list[int] = []
    assert write(tmp_path, jobs=2, on_page=lambda done, total: told.append(done)) == 40
    assert told == list(range(1, 41))
    assert len(list((tmp_path / "feedback").glob("*.html"))) == 40
    assert write(tmp_path, jobs=2) == 0
