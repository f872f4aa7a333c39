"""Put a lesson's exercise sources together into one notebook that otter assign can read."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import yaml

from autograder.cells import Role
from autograder.course.lessons import Lesson, opening_path, source_path
from autograder.errors import InvalidInput

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
MARKER = re.compile(r"^# (BEGIN|END) (QUESTION|SOLUTION|TESTS)")


def read_source(path: Path) -> list[Any]:
    """Return the cells of an exercise source.

    Raises:
        ValueError: otter's markers are not nested as they should be.
    """
    return parse_source(path, path.read_text(encoding="utf-8"))


def parse_source(path: Path, text: str) -> list[Any]:
    """Return the cells of an exercise source's text.

    Raises:
        ValueError: otter's markers are not nested as they should be.
    """
    cells = list(jupytext.reads(text, fmt="py:percent").cells)
    _check_markers(path, cells)
    return cells


def _check_markers(path: Path, cells: list[Any]) -> None:
    open_blocks: list[str] = []
    for cell in cells:
        found = MARKER.match(cell.source) if cell.cell_type == "raw" else None
        if found is None:
            continue
        if found[1] == "BEGIN":
            open_blocks.append(found[2])
        elif not open_blocks or open_blocks.pop() != found[2]:
            raise InvalidInput(f"{path}: END {found[2]} closes a block that is not open")
    if open_blocks:
        raise InvalidInput(f"{path}: BEGIN {open_blocks[-1]} is never closed")


def blocks(cells: list[Any]) -> list[tuple[str, Any]]:
    """Name the innermost block each cell lies in.

    Returns:
        Pairs of block (``before``, ``QUESTION``, ``SOLUTION``, ``TESTS`` or ``after``) and cell,
        marker cells left out.
    """
    named = []
    stack = ["before"]
    for cell in cells:
        found = MARKER.match(cell.source) if cell.cell_type == "raw" else None
        if found is None:
            named.append((stack[-1], cell))
        elif found[1] == "BEGIN":
            stack.append(found[2])
        else:
            stack.pop()
            if found[2] == "QUESTION":
                stack = ["after"]
    return named


def mark_roles(exercise: str, cells: list[Any]) -> None:
    """Write ``exercise`` and ``role`` into the metadata of every cell that students will see."""
    for block, cell in blocks(cells):
        role = _role(exercise, block, cell)
        cell.metadata.update(exercise=exercise, role=str(role))
        if role is Role.LOOK:
            cell.metadata["tags"] = ["otter_ignore"]
            # Folded in JupyterLab: the picture is to be looked at, not the plotting code.
            cell.metadata["jupyter"] = {"source_hidden": True}


def _role(exercise: str, block: str, cell: Any) -> Role:
    if cell.cell_type != "code":
        return Role.TEXT
    if block == "SOLUTION":
        predicts = cell.source.lstrip().startswith(f"prediction_{exercise}")
        return Role.PREDICT if predicts else Role.ANSWER
    return {"after": Role.LOOK, "TESTS": Role.TEST}.get(block, Role.GIVEN)


def with_missing_names_explained(source: str) -> str:
    """Return a test cell that says what to do when a name it needs does not exist.

    Otter passes None for a name whose cell crashed or was never run. Without this a public test
    would say that a 'NoneType' object is not callable. Hidden tests say nothing of the kind to a
    student, and a test of the prediction has a message for None.
    """
    test = next((n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)), None)
    if test is None or "\nhidden: true\n" in source:
        return source
    names = [argument.arg for argument in test.args.args]
    advice = (
        "run the cell above that defines it; if that cell ends in an error, mend the error first"
    )
    asserts = [
        f'    assert {name} is not None, "{name} does not exist: {advice}"'
        for name in names
        if not name.startswith("prediction_")
    ]
    lines = source.split("\n")
    at = test.body[0].lineno - 1
    return "\n".join(lines[:at] + asserts + lines[at:])


def with_own_helper(source: str) -> str:
    """Return a public test cell with a copy of the opening cell's ``described``, if it calls it.

    A test sees no names of the notebook but those that it takes as arguments.
    """
    test = next((n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)), None)
    if test is None or "described(" not in source:
        return source
    shared = opening_path().read_text(encoding="utf-8")
    helper = next(
        node
        for node in ast.parse(shared).body
        if isinstance(node, ast.FunctionDef) and node.name == "described"
    )
    helper.body = helper.body[1:]  # No docstring: the copy stays as short as it can be.
    lines = source.split("\n")
    at = test.body[0].lineno - 1
    return "\n".join([*lines[:at], textwrap.indent(ast.unparse(helper), " " * 4), *lines[at:]])


def opening(lesson: Lesson) -> str:
    """Return a lesson's opening cell: its own imports, then what all lessons share."""
    text = opening_path().read_text(encoding="utf-8")
    docstring = ast.parse(text).body[0].end_lineno or 0
    shared = "\n".join(text.splitlines()[docstring:]).strip()
    return f"{lesson.imports.strip()}\n\n{shared}"


def assemble(lesson: Lesson, exercises: tuple[str, ...], reference_files: list[str]) -> Any:
    """Return the master notebook of a lesson for otter assign.

    Args:
        lesson: the lesson.
        exercises: the exercises to include; all of the lesson's for a real build.
        reference_files: reference modules to ship in the autograder zip, relative to the master.
    """
    config = {
        "name": lesson.slug,
        "init_cell": True,
        "check_all_cell": False,
        "export_cell": {"pdf": False, "filtering": False, "run_tests": True, "force_save": True},
        "tests": {"ok_format": False, "files": False},
        "requirements": "requirements.txt",
        "autograder_files": reference_files,
        "generate": {"show_hidden": False},
    }
    text = f"# {lesson.title}\n\n{lesson.text}"
    cells = [
        nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG\n" + yaml.safe_dump(config, sort_keys=False)),
        nbformat.v4.new_markdown_cell(text, metadata={"role": "text"}),
        nbformat.v4.new_code_cell(opening(lesson), metadata={"role": "setup"}),
    ]
    for exercise in exercises:
        section = read_source(source_path(exercise))
        mark_roles(exercise, section)
        for cell in section:
            if cell.metadata.get("role") == Role.TEST:
                cell.source = with_missing_names_explained(with_own_helper(cell.source))
        cells += section
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = KERNELSPEC
    notebook.metadata["lesson"] = lesson.slug
    return notebook
