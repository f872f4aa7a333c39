"""The cells of a released notebook, and careful reading of a student's."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from autograder.model import Notebook

P = ParamSpec("P")
R = TypeVar("R")
Of = Callable[Concatenate[str, P], R]
"""A function of a text, and more."""
DEFINITION = re.compile(
    r"^(?:(?:async[ \t]+def|def|class)[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]*)?=(?!=))", re.MULTILINE
)
"""A function, a class or a name that is given a value, at the start of a line.

A pattern and not ``ast``: half-written answers and cells with magics do not parse, and parsing what
a stranger wrote can take any amount of memory.
"""
REMEMBERED = 10_000
"""Characters of the longest text for which a result is remembered."""


class Role(StrEnum):
    """What a cell is for."""

    SETUP = "setup"
    GIVEN = "given"
    PREDICT = "predict"
    ANSWER = "answer"
    LOOK = "look"
    CHECK = "check"
    EXPORT = "export"
    TEXT = "text"
    EXTRA = "extra"
    """A cell that the student added."""
    TEST = "test"
    """In the sources only: otter takes these cells out."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a released notebook."""

    id: str
    kind: str
    """``code``, ``markdown`` or ``raw``."""
    exercise: str
    """Empty for the cells that belong to the whole lesson."""
    role: Role
    source: str
    place: int
    """Position in the released notebook, counted from 0."""

    @property
    def names(self) -> frozenset[str]:
        """The names that the cell defines."""
        return defined_names(self.source) if self.kind == "code" else frozenset()


def released_cells(notebook: Notebook) -> tuple[Cell, ...]:
    """Return the cells of a notebook that the build made, which gave each an id and a role."""
    return tuple(
        Cell(
            id=cell["id"],
            kind=cell["cell_type"],
            exercise=cell["metadata"].get("exercise", ""),
            role=Role(cell["metadata"]["role"]),
            source=source_of(cell),
            place=place,
        )
        for place, cell in enumerate(notebook["cells"])
    )


def student_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the cells of a notebook that anybody may have written, none where it has none."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def metadata_of(thing: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a student's cell or notebook, empty where it is no dictionary."""
    metadata = thing.get("metadata") if isinstance(thing, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def source_of(cell: dict[str, Any]) -> str:
    """Return a cell's source as one string, empty where it is no text."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def remembering(most: int) -> Callable[[Of[P, R]], Of[P, R]]:
    """Let a function of a text remember its last results, but for long texts.

    Most cells of a class are the released ones, and each is looked at several times.
    """

    def decorate(function: Of[P, R]) -> Of[P, R]:
        known: Any = lru_cache(maxsize=most)(function)

        @wraps(function)
        def look_up(text: str, /, *more: P.args, **named: P.kwargs) -> R:
            found: R = (known if len(text) <= REMEMBERED else function)(text, *more, **named)
            return found

        return look_up

    return decorate


@remembering(1_000)
def defined_names(source: str) -> frozenset[str]:
    """Return the names that code defines at the start of a line."""
    return frozenset(found[1] or found[2] for found in DEFINITION.finditer(source))


def lines_of(source: str) -> frozenset[str]:
    """Return the lines of a text, stripped, without empty ones."""
    return frozenset(line.strip() for line in source.splitlines()) - {""}
