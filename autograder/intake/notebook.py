"""Parse a notebook as JSON and nothing else, within limits."""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.errors import UnreadableNotebook
from autograder.model import Notebook

MAX_NOTEBOOK_BYTES = 32 * 1024 * 1024
MAX_CELLS = 2_000
MAX_DEPTH = 60
CELL_TYPES = ("code", "markdown", "raw")


def parse_notebook(raw: bytes) -> Notebook:
    """The notebook in ``raw``, with every cell's source as one string.

    Raises:
        UnreadableNotebook: with a phrase such as "is an empty file".
    """
    document = _parse_json(raw)
    _check_depth(document)
    _check_shape(document)
    cells = [_tidy_cell(cell, position) for position, cell in enumerate(document["cells"], 1)]
    metadata = document.get("metadata")
    return {
        **document,
        "cells": cells,
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def _parse_json(raw: bytes) -> Any:
    if not raw.strip():
        raise UnreadableNotebook("is an empty file")
    if len(raw) > MAX_NOTEBOOK_BYTES:
        raise UnreadableNotebook(f"is larger than {MAX_NOTEBOOK_BYTES // 2**20} MiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableNotebook("is not a notebook: it is not UTF-8 text") from None
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise UnreadableNotebook("is nested too deeply to be a notebook") from None
    except (msgspec.DecodeError, ValueError):
        raise UnreadableNotebook(_why_not_json(text)) from None


def _why_not_json(text: str) -> str:
    start = text.lstrip()
    if not start.startswith("{"):
        return "is not a notebook: its content is not JSON"
    if '"cells"' in text and any(word in text for word in ("NaN", "Infinity")):
        return "is not valid JSON: it holds a number such as NaN, which notebooks may not"
    return "is a damaged notebook: its JSON is broken or cut off"


def _check_depth(document: Any) -> None:
    level = _containers([document])
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _containers(node)]
        if not level:
            return
    raise UnreadableNotebook("is nested too deeply to be a notebook")


def _containers(node: Any) -> list[Any]:
    values = node.values() if isinstance(node, dict) else node
    return [value for value in values if isinstance(value, dict | list)] if node else []


def _check_shape(document: Any) -> None:
    if not isinstance(document, dict) or "nbformat" not in document:
        raise UnreadableNotebook("is JSON but not a notebook")
    if document["nbformat"] != 4:
        raise UnreadableNotebook(
            "is in another version of the notebook format; open it in Jupyter and save it again"
        )
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise UnreadableNotebook("is JSON but not a notebook: it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise UnreadableNotebook(f"has {len(cells):,} cells; the limit is {MAX_CELLS:,}")


def _tidy_cell(cell: Any, position: int) -> dict[str, Any]:
    if not isinstance(cell, dict) or cell.get("cell_type") not in CELL_TYPES:
        raise UnreadableNotebook(f"is a damaged notebook: cell {position} is not a cell")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise UnreadableNotebook(f"is a damaged notebook: cell {position} holds no text")
    metadata = cell.get("metadata")
    tidy = {**cell, "source": source, "metadata": metadata if isinstance(metadata, dict) else {}}
    if not isinstance(cell.get("id", ""), str):
        del tidy["id"]
    if cell["cell_type"] == "code" and not isinstance(cell.get("outputs"), list):
        tidy["outputs"] = []
    return tidy
