"""Parse a notebook as JSON and nothing else, within limits.

Only what grading and pages need is made into objects: the rest of the file stays bytes. Outputs
are the largest part of a notebook and the least important; where they are too many, too large or
nested too deeply they are left out, and the code is read all the same.
"""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.errors import UnreadableNotebook
from autograder.intake import repair
from autograder.intake.guard import MIB
from autograder.model import Notebook

MAX_NOTEBOOK_BYTES = 128 * MIB
"""What is read of a file: notebooks with pictures and tables in their outputs are large."""
MAX_KEPT_BYTES = 32 * MIB
"""What is kept of a notebook, outputs included."""
MAX_VALUES = 500_000
"""Numbers, texts and lists in the outputs that are kept: each costs far more than its bytes."""
MAX_CELLS = 2_000
MAX_DEPTH = 60
CELL_TYPES = ("code", "markdown", "raw")
NOTHING = msgspec.Raw(b"null")
TOO_DEEP = "is nested too deeply to be a notebook"
LARGE_OUTPUTS = "outputs that are too large to keep"
DEEP_OUTPUTS = "outputs that are nested too deeply"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook that was read, and how."""

    notebook: Notebook
    clean: bytes
    """The notebook as bytes that read the same again, without any note."""
    notes: tuple[str, ...] = ()
    """What was left out or mended."""


class _File(msgspec.Struct, kw_only=True):
    nbformat: msgspec.Raw = NOTHING
    nbformat_minor: msgspec.Raw = NOTHING
    metadata: msgspec.Raw = NOTHING
    cells: msgspec.Raw = NOTHING


class _Cell(msgspec.Struct, kw_only=True):
    cell_type: msgspec.Raw = NOTHING
    id: msgspec.Raw = NOTHING
    source: msgspec.Raw = NOTHING
    metadata: msgspec.Raw = NOTHING
    execution_count: msgspec.Raw = NOTHING
    outputs: msgspec.Raw = NOTHING
    attachments: msgspec.Raw = NOTHING


def parse_notebook(raw: bytes) -> Notebook:
    """The notebook in ``raw``, with every cell's source as one string.

    Raises:
        UnreadableNotebook: with a phrase such as "is an empty file".
    """
    return read_notebook(raw).notebook


def read_notebook(raw: bytes) -> Reading:
    """The notebook in ``raw``, and what was left out while reading it.

    Raises:
        UnreadableNotebook: with a phrase such as "is an empty file".
    """
    if not raw.strip():
        raise UnreadableNotebook("is an empty file")
    if len(raw) > MAX_NOTEBOOK_BYTES:
        raise UnreadableNotebook(f"is larger than {MAX_NOTEBOOK_BYTES // MIB} MiB")
    text, notes = repair.as_utf8(raw)
    try:
        return _read(text, raw, notes)
    except RecursionError:
        raise UnreadableNotebook(TOO_DEEP) from None
    except msgspec.ValidationError:
        raise UnreadableNotebook("is JSON but not a notebook") from None
    except msgspec.DecodeError:
        pass
    mended, more = repair.mend(text)
    try:
        return _read(mended, raw, (*notes, *more))
    except msgspec.DecodeError as error:
        raise UnreadableNotebook(repair.why_not_json(text, str(error))) from None


def _read(text: bytes, raw: bytes, notes: tuple[str, ...]) -> Reading:
    """Read UTF-8 JSON.

    Raises:
        msgspec.DecodeError: it is not JSON.
        UnreadableNotebook: it is no notebook.
    """
    file = msgspec.json.decode(text, type=_File)
    _check_version(file)
    cells = _cells(file.cells)
    room = _Room(MAX_KEPT_BYTES - sum(len(cell.source) for cell in cells))
    notebook = {
        "nbformat": 4,
        "nbformat_minor": _value(file.nbformat_minor) or 0,
        "metadata": _mapping(file.metadata),
        "cells": [_tidy_cell(cell, place, room) for place, cell in enumerate(cells, 1)],
    }
    notes = (*notes, *sorted(room.notes))
    return Reading(
        notebook=notebook, clean=msgspec.json.encode(notebook) if notes else raw, notes=notes
    )


def _check_version(file: _File) -> None:
    if file.nbformat == NOTHING:
        raise UnreadableNotebook("is JSON but not a notebook")
    if bytes(file.nbformat) != b"4":
        raise UnreadableNotebook(
            "is in another version of the notebook format; open it in Jupyter and save it again"
        )


def _cells(raw: msgspec.Raw) -> list[_Cell]:
    try:
        parts = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise UnreadableNotebook("is JSON but not a notebook: it has no list of cells") from None
    if len(parts) > MAX_CELLS:
        raise UnreadableNotebook(f"has {len(parts):,} cells; the limit is {MAX_CELLS:,}")
    return [_cell(part, place) for place, part in enumerate(parts, 1)]


def _cell(raw: msgspec.Raw, place: int) -> _Cell:
    try:
        cell = msgspec.json.decode(raw, type=_Cell)
    except msgspec.ValidationError:
        raise UnreadableNotebook(f"is a damaged notebook: cell {place} is not a cell") from None
    if _value(cell.cell_type) not in CELL_TYPES:
        raise UnreadableNotebook(f"is a damaged notebook: cell {place} is not a cell")
    return cell


class _Room:
    """What is left for outputs and attachments, and what did not fit."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.values = MAX_VALUES
        self.notes: set[str] = set()
        if size < 0:
            raise UnreadableNotebook(f"holds more than {MAX_KEPT_BYTES // MIB} MiB without outputs")

    def keep(self, raw: msgspec.Raw, kind: type) -> Any:
        """The value, or an empty one of its kind if there is no room for it."""
        content = bytes(raw)
        values = content.count(b",") + content.count(b"[") + content.count(b"{")
        if len(content) > self.size or values > self.values:
            self.notes.add(LARGE_OUTPUTS)
            return kind()
        self.size -= len(content)
        self.values -= values
        value = _value(raw)
        if _too_deep(content, value):
            self.notes.add(DEEP_OUTPUTS)
            return kind()
        return value if isinstance(value, kind) else kind()


def _tidy_cell(cell: _Cell, place: int, room: _Room) -> dict[str, Any]:
    source = _value(cell.source)
    if source is None:
        source = ""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise UnreadableNotebook(f"is a damaged notebook: cell {place} holds no text")
    tidy: dict[str, Any] = {
        "cell_type": _value(cell.cell_type),
        "source": source,
        "metadata": _mapping(cell.metadata),
    }
    if isinstance(id_ := _value(cell.id), str):
        tidy["id"] = id_
    if cell.attachments != NOTHING:
        tidy["attachments"] = room.keep(cell.attachments, dict)
    if tidy["cell_type"] == "code":
        tidy["execution_count"] = _value(cell.execution_count)
        tidy["outputs"] = room.keep(cell.outputs, list)
    return tidy


def _mapping(raw: msgspec.Raw) -> dict[str, Any]:
    """Metadata: whatever is there, if it is a mapping of a reasonable size."""
    if len(raw) > MIB:
        return {}
    value = _value(raw)
    if _too_deep(bytes(raw), value):
        raise UnreadableNotebook(TOO_DEEP)
    return value if isinstance(value, dict) else {}


def _value(raw: msgspec.Raw) -> Any:
    """Any JSON value; a number that no float holds is text in the wrong place, and none."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return None


def _too_deep(raw: bytes, document: Any) -> bool:
    """Whether a JSON value, here as bytes and as what they say, is nested too deep."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False  # Whatever stands in its texts, so few brackets cannot.
    level = _containers([document])
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _containers(node)]
        if not level:
            return False
    return True


def _containers(node: Any) -> list[Any]:
    values = node.values() if isinstance(node, dict) else node
    return [value for value in values if isinstance(value, dict | list)] if node else []
