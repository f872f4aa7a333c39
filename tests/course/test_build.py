"""The build: current, deterministic, readable by students, and silent about answers."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from autograder.course import build
from autograder.course.assign import assign
from autograder.course.build import build_lesson, notebook_path
from autograder.course.leaks import find_leaks, secret_lines
from autograder.course.lessons import all_exercises, lesson_of, lessons, source_path
from autograder.course.packages import load_built
from autograder.course.samples import fill_in
from autograder.grading.inprocess import InProcessEngine
from tests.stock import stock_zip


@pytest.mark.parametrize("slug", lessons())
def test_committed_notebooks_are_current_and_leak_nothing(slug: str) -> None:
    assert not build_lesson(lessons()[slug], check=True).problems


@pytest.mark.parametrize("slug", lessons())
def test_the_zip_has_equal_bytes_every_time(slug: str) -> None:
    lesson = lessons()[slug]
    assert assign(lesson, lesson.exercises).zip_bytes == stock_zip(lesson)


@pytest.mark.parametrize("exercise", all_exercises())
def test_the_leak_search_finds_a_planted_leak(exercise: str) -> None:
    secrets = sorted(secret_lines(exercise))
    assert len(secrets) > 10
    lesson = lesson_of(exercise)
    for place in ("source", "output", "metadata"):
        notebook = json.loads(json.dumps(load_built(lesson).package.released))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        if place == "source":
            cell["source"] += "\n    " + secrets[0]
        elif place == "output":
            cell["outputs"] = [{"output_type": "stream", "text": [secrets[0][:6], secrets[0][6:]]}]
        else:
            notebook["metadata"]["note"] = secrets[0]
        assert find_leaks(notebook, (exercise,)), place


@pytest.mark.parametrize("name", ["solved.ipynb", "notes/answers.md"])
def test_a_stray_file_with_solution_text_in_assignments_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = next(iter(lessons().values()))
    shutil.copytree(notebook_path(lesson).parents[1], tmp_path / "assignments")
    monkeypatch.setattr(build, "workspace", lambda: tmp_path)
    stray = notebook_path(lesson).parent / name
    assert stray.is_relative_to(tmp_path)
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("Nothing secret.")
    assert not build_lesson(lesson, check=True).problems
    if name.endswith(".ipynb"):
        stray.write_bytes(build.notebook_bytes(load_built(lesson).solution))
    else:
        stray.write_text(source_path(lesson.exercises[0]).read_text())
    (problem,) = build_lesson(lesson, check=True).problems
    assert problem.startswith(f"{stray} holds ")


@pytest.mark.parametrize("slug", lessons())
def test_every_exercise_offers_a_prediction_an_answer_a_check_and_a_look(slug: str) -> None:
    lesson = lessons()[slug]
    roles: dict[str, set[str]] = {exercise: set() for exercise in lesson.exercises}
    for cell in load_built(lesson).package.released["cells"]:
        roles.get(cell["metadata"].get("exercise"), set()).add(cell["metadata"]["role"])
    for exercise in lesson.exercises:
        assert {"text", "predict", "answer", "check", "look"} <= roles[exercise], exercise


@pytest.mark.parametrize("slug", lessons())
def test_student_code_compiles_and_ids_are_unique(slug: str) -> None:
    cells = json.loads(notebook_path(lessons()[slug]).read_text())["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        if cell["cell_type"] == "code":
            ast.parse(cell["source"])


@pytest.mark.parametrize("slug", lessons())
def test_every_test_written_is_in_the_generated_file(slug: str) -> None:
    lesson = lessons()[slug]
    built = load_built(lesson)
    for exercise in lesson.exercises:
        source = lesson_source(slug, exercise)
        assert built.package.tests[exercise].count("\n@test_case(") == source.count(
            "# BEGIN TEST CONFIG"
        )


def lesson_source(slug: str, exercise: str) -> str:
    return source_path(exercise).read_text()


def test_prose_uses_no_spaced_dashes() -> None:
    for lesson in lessons().values():
        for cell in load_built(lesson).package.released["cells"]:
            if cell["cell_type"] == "markdown":
                prose = re.sub(
                    r"\$[^$]*\$|`[^`]*`|^\s*- |^[|: -]+$", "", cell["source"], flags=re.M
                )
                assert not re.search(r" - | \u2013 |\u2014|--", prose), cell["id"]


def test_the_zip_holds_tests_and_reference() -> None:
    lesson = next(iter(lessons().values()))
    content = stock_zip(lesson)
    names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    for exercise in lesson.exercises:
        assert {f"tests/{exercise}.py", f"files/reference/{exercise}.py"} <= names


@pytest.mark.parametrize("exercise", all_exercises())
def test_public_tests_say_what_to_do_after_a_crashed_answer_cell(exercise: str) -> None:
    package = load_built(lesson_of(exercise)).package
    crashed = fill_in(package, package.released, exercise, "raise RuntimeError('crashed')")
    outcome = InProcessEngine().grade_notebook(package, crashed)
    section = next(section for section in outcome.sections if section.exercise == exercise)
    messages = [test.message for test in section.tests if not test.hidden]
    told = [message for message in messages if "does not exist: run the cell above" in message]
    assert len(told) == len(messages) - 1, messages  # the other one asks for the prediction
    assert not any("NoneType" in message for message in messages)
