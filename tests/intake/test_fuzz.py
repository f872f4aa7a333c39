"""Any bytes are a notebook or a reason, and what intake accepts can be sorted into exercises.

An error anywhere on this way would stop the whole class, not one student.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.cells import identify, split
from autograder.errors import UnreadableNotebook
from autograder.intake import Intake, discover, parse_notebook
from tests import fakes
from tests.intake import layouts

IDS = [cell["id"] for cell in fakes.PACKAGES["lesson-one"].released["cells"]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
OUTPUTS = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "x"])},
    optional={
        "data": st.dictionaries(
            st.sampled_from(["text/plain", "text/html", "image/png", "image/svg+xml"]),
            JSON,
            max_size=3,
        ),
        "text": JSON,
        "traceback": JSON,
        "ename": JSON,
        "evalue": JSON,
        "metadata": JSON,
    },
)
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw"])},
    optional={
        "id": st.sampled_from(IDS) | JSON,
        "source": st.text(max_size=60) | st.lists(st.text(max_size=20), max_size=4) | JSON,
        "metadata": JSON,
        "outputs": st.lists(OUTPUTS | JSON, max_size=3) | JSON,
        "attachments": JSON,
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {"nbformat": st.just(4), "cells": st.lists(CELLS | JSON, max_size=6)},
    optional={"metadata": JSON, "nbformat_minor": JSON, "more": JSON},
)


def accept_or_refuse(raw: bytes) -> None:
    try:
        notebook = parse_notebook(raw)
    except UnreadableNotebook:
        return
    with contextlib.suppress(ValueError):
        assert identify(notebook, fakes.PACKAGES) in fakes.PACKAGES
    before = repr(notebook)
    sections = split(fakes.PACKAGES["lesson-one"], notebook)
    assert tuple(section.exercise for section in sections) == fakes.PACKAGES["lesson-one"].exercises
    assert repr(notebook) == before


def damaged(raw: bytes, data: Any) -> bytes:
    """Bytes with a few of them changed, and cut off."""
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(0, 5))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed[: data.draw(st.integers(0, len(changed)))])


@example(b"1")
@example(b"true")
@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_notebook_or_a_reason(raw: bytes) -> None:
    accept_or_refuse(raw)


@given(NOTEBOOKS)
@settings(max_examples=150, deadline=None)
def test_any_notebook_can_be_sorted(notebook: dict[str, Any]) -> None:
    accept_or_refuse(json.dumps(notebook).encode())


def class_of(folder: Path, files: dict[str, bytes]) -> Intake:
    """Intake of a class beside whose attacker an honest student keeps her notebook."""
    files["ada/lab.ipynb"] = fakes.notebook("pass # ada")
    intake = discover([layouts.write_files(folder, files)], fakes.PACKAGES)
    (ada,) = [one for one in intake.submissions if one.student == "ada"]
    assert ada.lesson == "lesson-one"
    for one in intake.submissions:
        assert not one.problem or one.problem.isprintable()
        assert (one.lesson is None) == bool(one.problem)
    return intake


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_damaged_zip_costs_one_submission(data: Any) -> None:
    raw = layouts.zipped({"lab.ipynb": fakes.notebook(), "a/b.zip": layouts.zipped({"c": b"d"})})
    with tempfile.TemporaryDirectory() as folder:
        intake = class_of(Path(folder), {"eve/work.zip": damaged(raw, data)})
    assert {one.student for one in intake.submissions} == {"ada", "eve"}


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_damaged_list_of_gradescopes_loses_no_notebook(data: Any) -> None:
    entry = layouts.hand_in("Eve", {"lab.ipynb": fakes.notebook()})
    files = layouts.gradescope_export([entry]).files
    files["submission_metadata.yml"] = damaged(files["submission_metadata.yml"], data)
    with tempfile.TemporaryDirectory() as folder:
        intake = class_of(Path(folder), files)
    assert sum(one.lesson is not None for one in intake.submissions) == 2


@pytest.mark.long
@given(NOTEBOOKS, st.data())
@settings(max_examples=3_000, deadline=None)
def test_fuzz_notebooks_for_minutes(notebook: dict[str, Any], data: Any) -> None:
    accept_or_refuse(damaged(json.dumps(notebook).encode(), data))
