"""Bytes to a notebook: what is read, what is left out and said, what is refused, and where."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from autograder.errors import UnreadableNotebook
from autograder.intake import notebook as reading
from autograder.intake import parse_notebook
from autograder.intake.guard import MIB
from autograder.intake.notebook import read_notebook
from autograder.intake.repair import NO_NUMBERS, SURROGATES, UTF16


def with_output(output: Any = None, source: str = "x = 1", **cell: Any) -> dict[str, Any]:
    code = {"id": "a", "cell_type": "code", "source": source, "metadata": {}} | cell
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [code]} | (
        {} if output is None else {"cells": [code | {"outputs": [output]}]}
    )


DEEP: Any = 1
for _ in range(80):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b" \n", "is an empty file"),
        (b"hello", "content is not JSON"),
        (b"\xff\xfd{", "is not UTF-8 text"),
        (b"\xff\xfe{\x00", "its JSON is cut off, line 1"),
        (b'{"nbformat": 4,\n\n "ce', "its JSON is cut off, line 3"),
        (b'{"nbformat": 4,\n "cells": [1,]}', "its JSON is broken, line 2"),
        (b'{"NaN": 4,\n "cells": [NaN NaN]}', "its JSON is broken, line 2"),
        (b"[1, 2]", "is JSON but not a notebook$"),
        (b'{"nbformat": 3, "worksheets": []}', "another version"),
        (b'{"nbformat": 4, "cells": 3}', "no list of cells"),
        (b'{"nbformat": 4, "cells": [3]}', "cell 1 is not a cell"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 1}]}', "cell 1 holds no text"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "is nested too deeply"),
        (json.dumps({"nbformat": 4, "cells": [], "metadata": DEEP}).encode(), "too deeply"),
        (
            b'{"nbformat": 4,\n<<<<<<< HEAD\n "cells": []\n=======\n>>>>>>> main\n}',
            "holds conflict markers of git, line 2: settle the conflict and hand it in again",
        ),
    ],
)
def test_every_unreadable_content_has_its_own_sentence(content: bytes, phrase: str) -> None:
    with pytest.raises(UnreadableNotebook, match=phrase):
        parse_notebook(content)


def test_cells_are_tidied_so_that_nothing_later_stumbles() -> None:
    cell = {"cell_type": "code", "source": ["a\n", "b"], "id": ["x"], "metadata": 3, "outputs": 1}
    parsed = parse_notebook(json.dumps({"nbformat": 4, "cells": [cell], "metadata": []}).encode())
    assert parsed["cells"] == [
        {
            "cell_type": "code",
            "source": "a\nb",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
    ]
    assert parsed["metadata"] == {}


SOURCE = 'print("NaN", float("inf"))  # Infinity and \\ud800, "NaN"'


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (json.dumps(with_output({"x": [1.0, float("nan"), -float("inf")]}, SOURCE)), NO_NUMBERS),
        (json.dumps(with_output({"text": "\ud83d half, \U0001f600 whole"}, SOURCE)), SURROGATES),
        (json.dumps(with_output({"text": "x\udfff"}, SOURCE), ensure_ascii=False), SURROGATES),
    ],
)  # fmt: skip
def test_what_pythons_json_writes_is_read_and_the_source_is_untouched(raw: str, note: str) -> None:
    got = read_notebook(raw.encode("utf-8", "surrogatepass"))
    assert got.notes == (note,)
    assert got.notebook["cells"][0]["source"] == SOURCE
    again = read_notebook(got.clean)
    assert again.notebook == got.notebook
    assert again.notes == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_read(encoding: str) -> None:
    raw = json.dumps(with_output(source="s = 'z\u00fcrich'"), ensure_ascii=False).encode(encoding)
    got = read_notebook(raw)
    assert got.notes == (UTF16,)
    assert got.notebook["cells"][0]["source"] == "s = 'z\u00fcrich'"


def test_a_clean_notebook_is_kept_byte_for_byte() -> None:
    raw = json.dumps(with_output({"text": "x"})).encode()
    assert read_notebook(raw).clean is raw
    assert read_notebook(b"\xef\xbb\xbf" + raw).notebook == read_notebook(raw).notebook


def test_outputs_over_the_limit_are_dropped_and_the_code_is_read() -> None:
    large = {"output_type": "display_data", "data": {"image/png": "x" * (33 * MIB)}}
    document = with_output(large)
    document["cells"].append(with_output({"text": "small"}, "y = 2")["cells"][0])
    got = read_notebook(json.dumps(document).encode())
    assert got.notes == (reading.LARGE_OUTPUTS,)
    assert [cell["source"] for cell in got.notebook["cells"]] == ["x = 1", "y = 2"]
    assert [len(cell["outputs"]) for cell in got.notebook["cells"]] == [0, 1]
    assert len(got.clean) < MIB


@pytest.mark.parametrize("filling", [b"[],", b"0,", b"{},"])
def test_outputs_of_many_small_values_cost_no_gigabytes(filling: bytes) -> None:
    """Each empty list is two bytes in the file and 56 in memory, and looking at it takes time."""
    many = b"[" + filling * (30 * MIB // len(filling)) + b"0]"
    raw = json.dumps(with_output({"data": "HERE"})).encode().replace(b'"HERE"', many)
    started = time.process_time()
    got = read_notebook(raw)
    assert time.process_time() - started < 3
    assert got.notes == (reading.LARGE_OUTPUTS,)


def test_outputs_that_are_nested_too_deeply_are_left_out() -> None:
    got = read_notebook(json.dumps(with_output({"data": DEEP})).encode())
    assert got.notes == (reading.DEEP_OUTPUTS,)
    assert got.notebook["cells"][0]["outputs"] == []


def test_text_without_end_is_mended_in_linear_time() -> None:
    """A quote that opens and never closes, after much that could be escapes."""
    raw = b'{"nbformat": 4, "cells": [NaN, "' + b"\\u" * (4 * MIB)
    started = time.process_time()
    with pytest.raises(UnreadableNotebook, match="cut off|broken"):
        parse_notebook(raw)
    assert time.process_time() - started < 3
