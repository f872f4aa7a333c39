"""How each grader is run on a class: ours, `otter run`, `nbgrader autograde`, and the floor.

Each takes an empty folder, a lesson, a number of submissions, how many to grade at a time and
whether to watch memory, and returns what it cost to grade them all, start-up included.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from autograder.course.assemble import blocks, read_source
from autograder.course.assign import assign
from autograder.course.lessons import Lesson, source_path
from autograder.course.packages import load_built
from autograder.model import Notebook
from benchmarks.classes import whole_lessons, write_class
from benchmarks.cost import ENVIRONMENT, ROOT, Cost, run, watching

PYTHON = sys.executable


def ours(folder: Path, lesson: Lesson, count: int, jobs: int, memory: bool = False) -> Cost:
    """Grade the folder with `autograder grade`: report and feedback pages included."""
    write_class(folder / "class", whole_lessons(lesson, count))
    return grade_folder(folder, jobs, memory)


def grade_folder(folder: Path, jobs: int, memory: bool) -> Cost:
    """Grade folder/class into folder/out."""
    command = [PYTHON, "-m", "autograder", "grade", "class", "--out", "out", "--quiet"]
    with watching(memory) as watch:
        run([*command, "--jobs", str(jobs)], folder)
    return watch.cost


def otter_run(folder: Path, lesson: Lesson, count: int, jobs: int, memory: bool = False) -> Cost:
    """Grade notebook after notebook with `otter run` and the same zip, `jobs` at a time."""
    paths = write_class(folder / "class", whole_lessons(lesson, count))
    archive = folder / "autograder.zip"
    archive.write_bytes(assign(lesson, lesson.exercises).zip_bytes)

    def grade(path: Path) -> None:
        out = path.with_suffix("")
        out.mkdir()
        run([PYTHON, "-m", "otter", "run", "-a", str(archive), "-o", str(out), str(path)], out)
        tests = json.loads((out / "results.json").read_text())["tests"]
        points = sum(test.get("score", 0) for test in tests)
        if points < 10 * len(lesson.exercises):
            raise RuntimeError(f"otter run gave {path.name} {points} points")

    with watching(memory) as watch, ThreadPoolExecutor(jobs) as pool:
        list(pool.map(grade, paths))
    return watch.cost


def nbgrader(folder: Path, lesson: Lesson, count: int, jobs: int, memory: bool = False) -> Cost:
    """Grade with `nbgrader autograde`, which knows one at a time: hidden tests in the notebook."""
    if jobs != 1:
        raise ValueError(f"nbgrader grades one at a time, not {jobs}")
    _write_course(folder, lesson, whole_lessons(lesson, count))
    run([PYTHON, "-m", "nbgrader", "generate_assignment", lesson.slug], folder)
    with watching(memory) as watch:
        run([PYTHON, "-m", "nbgrader", "autograde", lesson.slug], folder)
    return watch.cost


def _write_course(folder: Path, lesson: Lesson, notebooks: Iterator[Notebook]) -> None:
    """Lay out an nbgrader course with the same cells and the same tests."""
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'bench'\n"
        "c.ExecutePreprocessor.timeout = 120\n"
    )
    name = f"{lesson.slug}.ipynb"
    _write_notebook(folder / "source" / lesson.slug / name, lesson, load_built(lesson).solution)
    for number, notebook in enumerate(notebooks):
        _write_notebook(folder / "submitted" / f"s{number}" / lesson.slug / name, lesson, notebook)


def _write_notebook(path: Path, lesson: Lesson, notebook: Notebook) -> None:
    """Translate one of our notebooks: the same cells, each test a locked test cell."""
    cells = [nbformat.v4.new_code_cell(f"import sys; sys.path.insert(0, {str(ROOT)!r})")]
    cells[0].metadata["nbgrader"] = _grade_cell("path", "locked")
    for cell in notebook["cells"]:
        role = cell["metadata"].get("role")
        if role in ("setup", "given", "predict", "answer") and "otter" not in cell["source"]:
            made = nbformat.v4.new_code_cell(cell["source"], id=cell["id"])
            if role == "answer":
                made.metadata["nbgrader"] = _grade_cell(cell["id"], "solution")
            cells.append(made)
        elif role == "check":
            cells += _test_cells(cell["metadata"]["exercise"])
    whole = nbformat.v4.new_notebook(cells=cells)
    whole.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path.parent.mkdir(parents=True)
    nbformat.write(whole, path)


def _test_cells(exercise: str) -> list[nbformat.NotebookNode]:
    """Return an exercise's tests, each a cell that defines it and calls it."""
    made = []
    for block, cell in blocks(read_source(source_path(exercise))):
        if block != "TESTS":
            continue
        source = cell.source.partition("# END TEST CONFIG")[2]
        test = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
        wanted = ", ".join(argument.arg for argument in test.args.args)
        made.append(nbformat.v4.new_code_cell(f"{source.strip()}\n\n{test.name}({wanted})"))
        made[-1].metadata["nbgrader"] = _grade_cell(f"{exercise}-{len(made)}", "test")
    return made


def _grade_cell(name: str, kind: str) -> dict[str, object]:
    """Return nbgrader's cell metadata."""
    meta: dict[str, object] = {"schema_version": 3, "grade_id": name, "task": False}
    meta.update(grade=kind == "test", solution=kind == "solution", locked=kind != "solution")
    return {**meta, "points": 1} if kind == "test" else meta


_FLOOR = """
import resource, sys
import torch
torch.set_num_threads(1)
from autograder.grading.inprocess import InProcessEngine
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from benchmarks.classes import whole_lessons
from benchmarks.cost import watching
lesson = lessons()[sys.argv[1]]
package = load_built(lesson).package
notebooks = list(whole_lessons(lesson, int(sys.argv[2]) + 1))
engine = InProcessEngine()
engine.grade_notebook(package, notebooks[0])
with watching() as watch:
    for notebook in notebooks[1:]:
        engine.grade_notebook(package, notebook)
print(watch.cost.seconds, watch.cost.cpu_seconds)
"""


def floor(folder: Path, lesson: Lesson, count: int, jobs: int, memory: bool = False) -> Cost:
    """Run the same cells and tests in one interpreter that is warm already, without isolation.

    The least that grading can cost: nothing is started, confined, recorded or written.
    """
    done = subprocess.run(
        [PYTHON, "-c", _FLOOR, lesson.slug, str(count)],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, cpu_seconds = map(float, done.stdout.split()[-2:])
    return Cost(seconds=seconds, cpu_seconds=cpu_seconds)
