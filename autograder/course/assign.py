"""Run otter assign over an assembled notebook and tidy what it leaves."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import logging
import os
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from autograder.course.assemble import assemble
from autograder.course.frontends import make_independent
from autograder.course.lessons import Lesson, reference_files
from autograder.errors import InvalidInput
from autograder.model import Notebook

REQUIREMENTS = "matplotlib>=3.9\nnumpy>=2.0\notter-grader>=7.0\ntorch==2.13.0\n"
"""What a student's notebook needs; torch is pinned because a loose range pulls gigabytes."""

FROZEN_DATE = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = ("setup.sh", "run_autograder")


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """What otter assign made of one lesson."""

    student: Notebook
    """The student notebook, with stable ids and roles."""
    solution: Notebook
    """The same with the solution filled in."""
    tests: dict[str, str]
    """Exercise to the text of its otter test file, hidden tests included."""
    zip_bytes: bytes
    """The autograder zip, the same bytes for the same sources."""


def assign(lesson: Lesson, exercises: tuple[str, ...], run_tests: bool = False) -> Assigned:
    """Split a lesson's sources with otter assign, in a temporary folder.

    Args:
        lesson: the lesson to build.
        exercises: the exercises to include.
        run_tests: also let otter run the solution against its own tests in a fresh kernel.

    Raises:
        ValueError: a source that otter, or a student's kernel, could not read.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-build-") as folder:
        root = Path(folder)
        # Otter writes hidden tests into the temporary folder and leaves them when a step fails.
        with _temporary_dir(root / "tmp"):
            _run_otter(lesson, exercises, root, run_tests)
        student = _tidy(_read(root / "out/student" / f"{lesson.slug}.ipynb"), lesson)
        solution = _tidy(_read(root / "out/autograder" / f"{lesson.slug}.ipynb"), lesson)
        archive = next((root / "out/autograder").glob("*.zip"))
        public = student["metadata"]["otter"]["tests"]
        for notebook in (student, solution):
            make_independent(notebook, public, lesson.slug)
        tests = _read_tests(archive, exercises)
        _check_student_code(student)
        return Assigned(
            student=student,
            solution=solution,
            tests=tests,
            zip_bytes=frozen_zip(_content_without_chance(archive)),
        )


def _run_otter(lesson: Lesson, exercises: tuple[str, ...], root: Path, run_tests: bool) -> None:
    from otter.assign import main as otter_assign

    (root / "reference").mkdir()
    files = []
    for path in reference_files(exercises):
        shutil.copy(path, root / "reference" / path.name)
        files.append(f"reference/{path.name}")
    (root / "requirements.txt").write_text(REQUIREMENTS)
    master = root / f"{lesson.slug}.ipynb"
    nbformat.write(assemble(lesson, exercises, files), master)
    logging.getLogger("otter").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            otter_assign(str(master), str(root / "out"), no_pdfs=True, no_run_tests=not run_tests)
        except Exception as error:
            raise InvalidInput(f"{lesson.slug}: otter assign failed: {error}") from error


@contextlib.contextmanager
def _temporary_dir(path: Path) -> Iterator[None]:
    path.mkdir()
    old_env, old_dir, cwd = os.environ.get("TMPDIR"), tempfile.tempdir, Path.cwd()
    os.environ["TMPDIR"], tempfile.tempdir = str(path), None
    try:
        yield
    finally:
        os.chdir(cwd)
        tempfile.tempdir = old_dir
        if old_env is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = old_env


def _read(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def _tidy(notebook: Notebook, lesson: Lesson) -> Notebook:
    """Give every cell a stable id, an exercise and a role; drop what otter adds at random."""
    counts: dict[str, int] = {}
    exercise = ""
    cells = [cell for cell in notebook["cells"] if _text(cell).strip()]
    # Otter puts its own cell first; a reader should meet the title first.
    notebook["cells"] = [cells[1], cells[0], *cells[2:]]
    for cell in notebook["cells"]:
        _complete_metadata(cell, exercise)
        cell["metadata"].pop("lines_to_next_cell", None)
        exercise = cell["metadata"].get("exercise", "")
        prefix = exercise or cell["metadata"]["role"]
        counts[prefix] = counts.get(prefix, 0) + 1
        cell["id"] = f"{prefix.replace('_', '-')}-{counts[prefix]:02d}"
        cell["source"] = _text(cell)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"] = {
        key: value
        for key, value in notebook["metadata"].items()
        if key in ("kernelspec", "otter", "lesson")
    }
    otter = notebook["metadata"].setdefault("otter", {})
    otter["assignment_name"] = lesson.slug
    otter["tests"] = {
        exercise: name_tests(text) for exercise, text in otter.get("tests", {}).items()
    }
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def _complete_metadata(cell: dict[str, Any], exercise: str) -> None:
    """Name the role of the cells that otter itself adds: initialisation, checks, export."""
    metadata, source = cell["metadata"], _text(cell)
    if "role" in metadata:
        return
    if 'grader.check("' in source:
        metadata.update(exercise=exercise, role="check")
    elif "grader.export(" in source:
        metadata["role"] = "export"
    else:
        metadata["role"] = "setup" if cell["cell_type"] == "code" else "text"


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def name_tests(text: str) -> str:
    """Give each test of a generated test file its function's name; otter only numbers them."""
    return re.sub(
        r"@test_case\((?=points=[^@]*?\)\ndef (\w+)\()",
        lambda found: f'@test_case(name="{found[1]}", ',
        text,
    )


def _read_tests(archive: Path, exercises: tuple[str, ...]) -> dict[str, str]:
    """Read the generated test files, counting their tests: otter writes broken ones silently."""
    with zipfile.ZipFile(archive) as opened:
        tests = {
            exercise: name_tests(opened.read(f"tests/{exercise}.py").decode())
            for exercise in exercises
        }
    for exercise, text in tests.items():
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise InvalidInput(
                f"{exercise}: the generated test file does not parse ({error.msg}); is there a "
                "double quote or a line break in a failure_message?"
            ) from error
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise InvalidInput(f"{exercise}: two tests are called {', '.join(sorted(doubled))}")
    return tests


def _check_student_code(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        try:
            compile(cell["source"], cell["id"], "exec")
        except SyntaxError as error:
            raise InvalidInput(
                f"{cell['id']}: the student's version does not compile ({error}); solution "
                "stripping is by line, so use BEGIN/END SOLUTION around longer statements"
            ) from error


def frozen_zip(members: Mapping[str, bytes]) -> bytes:
    """Return a zip with sorted members, fixed dates and fixed modes: equal for equal content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, FROZEN_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if name in EXECUTABLE else 0o100644) << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def _content_without_chance(archive: Path) -> dict[str, bytes]:
    """The members of otter's zip, the same for the same sources."""
    with zipfile.ZipFile(archive) as opened:
        return {name: _without_chance(name, opened.read(name)) for name in opened.namelist()}


def _without_chance(name: str, content: bytes) -> bytes:
    """Name the tests, and drop the cell ids that otter draws at random, inside the zip."""
    if name.startswith("tests/"):
        return name_tests(content.decode()).encode()
    if not name.endswith(".ipynb"):
        return content
    return re.sub(rb'"id": "[0-9a-f]{8}"', b'"id": "fixed"', content)
