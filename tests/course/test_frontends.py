"""A notebook checks itself and can be handed in wherever it is opened, with nothing beside it."""

from __future__ import annotations

import builtins
import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.course.build import notebook_bytes
from autograder.course.frontends import OTTER, TESTS_ID, make_independent
from autograder.course.leaks import find_leaks, secret_lines
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.model import Notebook

COLAB = """
class Shell(type(get_ipython())):
    '''What otter takes for Colab's shell.'''
Shell.__module__ = "google.colab._shell"
get_ipython().__class__ = Shell
"""
NO_ZIP = "No zip can be made here. Save the notebook, download it (File menu) and hand it in.\n"
SECOND = list(lessons())[1]
EVERY_LESSON = [
    slug if slug == SECOND else pytest.param(slug, marks=pytest.mark.long) for slug in lessons()
]


def run(slug: str, folder: Path, before: str = "") -> list[dict[str, Any]]:
    """Run a lesson's solution, look cells left out, in a kernel that works in ``folder``."""
    solution = copy.deepcopy(load_built(lessons()[slug]).solution)
    cells = [cell for cell in solution["cells"] if cell["metadata"]["role"] != "look"]
    if before:
        cells.insert(0, nbformat.v4.new_code_cell(before, metadata={"role": "setup"}))
    notebook = nbformat.reads(json.dumps({**solution, "cells": cells}), as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return list(notebook.cells)


def texts(cells: list[Any], role: str) -> list[str]:
    return [
        "".join(out.get("text") or out.get("data", {}).get("text/plain", "") for out in c.outputs)
        for c in cells
        if c["cell_type"] == "code" and c["metadata"]["role"] == role
    ]


def assert_every_check_passed(slug: str, cells: list[dict[str, Any]]) -> None:
    said = texts(cells, "check")
    assert len(said) == len(lessons()[slug].exercises)
    assert all("All test cases passed" in text for text in said), said


@pytest.mark.parametrize("slug", EVERY_LESSON)
def test_in_colab_every_check_runs_and_it_is_said_what_to_hand_in(
    slug: str, tmp_path: Path
) -> None:
    cells = run(slug, tmp_path, COLAB)
    assert_every_check_passed(slug, cells)
    assert texts(cells, "export")[-1].endswith(NO_ZIP)


@pytest.mark.long
@pytest.mark.parametrize("name", ["{}.ipynb", "{} (1).ipynb"])
@pytest.mark.parametrize("slug", lessons())
def test_alone_in_its_folder_it_makes_the_zip_under_any_name(
    slug: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name.format(slug)
    path.write_bytes(notebook_bytes(load_built(lessons()[slug]).solution))
    cells = run(slug, tmp_path)
    assert_every_check_passed(slug, cells)
    assert list(tmp_path.glob("*.zip"))
    assert not (tmp_path / "tests").exists()


@pytest.mark.long
def test_beside_other_notebooks_and_renamed_it_says_what_to_hand_in(tmp_path: Path) -> None:
    for name in ("mine.ipynb", "notes.ipynb"):
        (tmp_path / name).write_bytes(notebook_bytes(load_built(lessons()[SECOND]).solution))
    cells = run(SECOND, tmp_path)
    assert_every_check_passed(SECOND, cells)
    assert texts(cells, "export")[-1].endswith(NO_ZIP)


class Kernel:
    """Stands in for IPython, and for a pip that brings otter."""

    def __init__(self, install: Callable[[], None]) -> None:
        self.install = install
        self.lines: list[str] = []

    def run_line_magic(self, name: str, line: str) -> None:
        self.lines.append(f"{name} {line}")
        self.install()


def start_without_otter(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """Run the cell that starts otter where it is not installed."""
    real, missing = builtins.__import__, ["otter"]

    def guarded(name: str, *arguments: Any, **options: Any) -> Any:
        if name in missing:
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", guarded)
    kernel = Kernel(missing.clear)
    cells = load_built(lessons()[SECOND]).package.released["cells"]
    names: dict[str, Any] = {"get_ipython": lambda: kernel}
    for cell in cells:
        if cell["id"] in (TESTS_ID, "setup-01"):
            exec(cell["source"], names)
    return kernel


def test_otter_is_installed_in_kaggle_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    assert start_without_otter(monkeypatch).lines == [f"pip install -q {OTTER}"]
    assert "Installing otter" in capsys.readouterr().out


def test_nothing_is_installed_on_a_students_own_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportError, match=r"pip install -r requirements.txt"):
        start_without_otter(monkeypatch)


@pytest.mark.parametrize("slug", lessons())
def test_the_notebook_carries_its_public_tests_and_no_hidden_one(slug: str) -> None:
    built = load_built(lessons()[slug])
    (cell,) = (cell for cell in built.package.released["cells"] if cell["id"] == TESTS_ID)
    names: dict[str, Any] = {}
    exec(cell["source"], names)
    assert names["PUBLIC_TESTS"] == built.package.released["metadata"]["otter"]["tests"]
    assert "hidden=True" not in cell["source"]
    exercise = lessons()[slug].exercises[0]
    cell = {**cell, "source": cell["source"] + f"# {min(secret_lines(exercise))}"}
    leaking: Notebook = {"cells": [cell], "metadata": {}}
    assert find_leaks(leaking, (exercise,))


def test_a_test_that_cannot_be_carried_is_refused() -> None:
    released = copy.deepcopy(load_built(lessons()[SECOND]).package.released)
    with pytest.raises(ValueError, match="rope: a public test holds '''"):
        make_independent(released, {"rope": "text = '''a'''\n"}, SECOND)


def test_without_a_disk_otter_is_sent_to_the_notebooks_file(monkeypatch) -> None:
    cells = load_built(lessons()[SECOND]).package.released["cells"]
    names: dict[str, Any] = {}
    exec(next(cell["source"] for cell in cells if cell["id"] == TESTS_ID), names)

    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    folder = Path(names["write_public_tests"]())
    assert {path.stem for path in folder.glob("*.py")} == {*lessons()[SECOND].exercises}
    shutil.rmtree(folder)
    monkeypatch.setattr("tempfile.mkdtemp", full)
    assert names["write_public_tests"]() == "./tests"
