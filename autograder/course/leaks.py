"""Search a student notebook for anything that only instructors may read."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.assemble import blocks, parse_source
from autograder.course.lessons import lesson_of, source_path
from autograder.model import Notebook

SHORTEST = 18
"""Shorter lines (``return x``, ``raise InvalidInput(``) say nothing and occur by chance."""

HIDDEN = re.compile(r"^hidden:\s*true", re.MULTILINE | re.IGNORECASE)


def secret_lines(exercise: str) -> set[str]:
    """Return the lines of an exercise's solution and hidden tests that nothing public repeats.

    What a given cell or a prompt anywhere in the lesson shows on purpose is no secret: a later
    exercise may be handed the idea of an earlier one.
    """
    public = {line for other in lesson_of(exercise).exercises for line in _divided(other)[1]}
    return {line for line in _divided(exercise)[0] - public if len(line) >= SHORTEST}


def _divided(exercise: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return an exercise's secret and public lines."""
    path = source_path(exercise)
    return _divided_text(exercise, path, path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=64)
def _divided_text(exercise: str, path: Path, text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Divide a source; every exercise of a lesson asks for the public lines of all the others."""
    secret: set[str] = set()
    public: set[str] = set()
    for block, cell in blocks(parse_source(path, text)):
        if block == "SOLUTION" and cell.cell_type == "code":
            hidden, shown = _split_solution(cell.source, exercise)
            secret |= hidden
            public |= shown
        elif block == "TESTS" and HIDDEN.search(cell.source):
            secret |= _lines(_without_config(cell.source))
        else:
            public |= _lines(cell.source)
    return frozenset(secret), frozenset(public)


def _split_solution(source: str, exercise: str) -> tuple[set[str], set[str]]:
    hidden: set[str] = set()
    shown: set[str] = set()
    inside = False
    for line in source.splitlines():
        if line.strip().startswith("# BEGIN SOLUTION"):
            inside = True
        elif line.strip().startswith("# END SOLUTION"):
            inside = False
        elif inside:
            hidden |= _lines(line)
        elif re.search(r"#\s*SOLUTION\s*$", line):
            # A prediction's allowed values stand in its prompt; only answers are secret.
            if not line.startswith(f"prediction_{exercise}"):
                hidden |= _lines(line.partition("=")[2].rpartition("#")[0])
        else:
            shown |= _lines(line)
    return hidden, shown


def _without_config(source: str) -> str:
    return source.partition("# END TEST CONFIG")[2]


def _lines(text: str) -> set[str]:
    return {_flat(line) for line in text.splitlines()} - {""}


def _flat(text: str) -> str:
    return re.sub(r"\s+", "", text).replace('"', "'")


def find_leaks(notebook: Notebook, exercises: tuple[str, ...]) -> list[str]:
    """Return a sentence for each secret line found in a notebook's sources, outputs or metadata."""
    texts = [_flat(text) for text in _strings(notebook)]
    return [
        f"{exercise}: the student notebook holds the secret line {line!r}"
        for exercise in exercises
        for line in sorted(secret_lines(exercise))
        if any(line in text for text in texts)
    ]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _strings(item)
