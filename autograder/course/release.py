"""The notebook that students get after the deadline: runnable answers, rendered plots."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat

from autograder.cells import Role, released_cells
from autograder.course.build import notebook_bytes
from autograder.course.frontends import TESTS_ID
from autograder.course.lessons import Lesson, workspace
from autograder.course.packages import load_built
from autograder.errors import InvalidInput
from autograder.model import Notebook

MARKER_LINE = re.compile(r"^\s*# (BEGIN|END) SOLUTION( NO PROMPT)?\s*$")
MARKER_END = re.compile(r"\s*# ?SOLUTION( NO PROMPT)?\s*$")
SECONDS = 120


def release_path(lesson: Lesson) -> Path:
    """Return where a lesson's released solution lies."""
    return workspace() / "dist" / "solutions" / f"{lesson.slug}-solutions.ipynb"


def release(lesson: Lesson) -> bytes:
    """Return the released solution: otter's markers and cells gone, every cell run.

    Raises:
        ValueError: a cell raised; a broken solution is never released.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.reads(json.dumps(plain_solution(lesson)), as_version=4)
    try:
        NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    except CellExecutionError as error:
        raise InvalidInput(f"{lesson.slug}: the solution does not run: {error.evalue}") from error
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook_bytes(notebook)


def plain_solution(lesson: Lesson) -> Notebook:
    """Return a lesson's solution without otter: no markers, no checks, no hand-in cells."""
    notebook: Notebook = json.loads(json.dumps(load_built(lesson).solution))
    kept = []
    for cell, known in zip(notebook["cells"], released_cells(notebook), strict=True):
        if known.role in (Role.CHECK, Role.EXPORT) or "otter.Notebook" in known.source:
            continue
        if known.id == TESTS_ID or known.source.startswith("## Submission"):
            continue
        cell["source"] = _without_markers(cell["source"])
        for locked in ("deletable", "editable", "tags"):
            cell["metadata"].pop(locked, None)
        kept.append(cell)
    notebook["cells"] = kept
    notebook["metadata"].pop("otter", None)
    return notebook


def _without_markers(source: str) -> str:
    lines = [line for line in source.splitlines() if not MARKER_LINE.match(line)]
    return "\n".join(MARKER_END.sub("", line) for line in lines)
