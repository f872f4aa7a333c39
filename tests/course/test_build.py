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
from autograder.build import outputs

from autograder.course.assign import assign
from autograder.course.leaks import find_leaks, secret_lines
from autograder.course.lessons import all_stems, lesson_of, lessons, source_path
from autograder.course.outputs import build_lesson, notebook_path
from autograder.course.packages import load_built
from autograder.course.samples import fill_in
from autograder.grading.inprocess import InProcessEngine


@pytest.mark.parametrize("slug", lessons())
def test_committed_notebooks_are_current_and_leak_nothing(slug: str) -> None:
    assert not build_lesson(lessons()[slug], check=True).problems


@pytest.mark.parametrize("slug", lessons())
def test_the_zip_has_equal_bytes_every_time(slug: str) -> None:
    lesson = lessons()[slug]
    first, second = (assign(lesson, lesson.stems).zip_bytes for _ in range(2))
    assert first == second


@pytest.mark.parametrize("stem", all_stems())
def test_the_leak_search_finds_a_planted_leak(stem: str) -> None:
    secrets = sorted(secret_lines(stem))
    assert len(secrets) > 10
    lesson = lesson_of(stem)
    for place in ("source", "output", "metadata"):
        notebook = json.loads(json.dumps(load_built(lesson).package.released))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        if place == "source":
            cell["source"] += "\n    " + secrets[0]
        elif place == "output":
            cell["outputs"] = [{"output_type": "stream", "text": [secrets[0][:6], secrets[0][6:]]}]
        else:
            notebook["metadata"]["note"] = secrets[0]
        assert find_leaks(notebook, (stem,)), place


@pytest.mark.parametrize("name", ["solved.ipynb", "notes/answers.md"])
def test_a_stray_file_with_solution_text_in_assignments_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = next(iter(lessons().values()))
    shutil.copytree(notebook_path(lesson).parents[1], tmp_path / "assignments")
    monkeypatch.setattr(outputs, "workspace", lambda: tmp_path)
    stray = notebook_path(lesson).parent / name
    assert stray.is_relative_to(tmp_path)
    stray.parent.mkdir(exist_ok=True)
    stray.write_text("Nothing secret.")
    assert not build_lesson(lesson, check=True).problems
    if name.endswith(".ipynb"):
        stray.write_bytes(outputs.notebook_bytes(load_built(lesson).solution))
    else:
        stray.write_text(source_path(lesson.stems[0]).read_text())
    (problem,) = build_lesson(lesson, check=True).problems
    assert problem.startswith(f"{stray} holds ")


@pytest.mark.parametrize("slug", lessons())
def test_every_exercise_offers_a_prediction_an_answer_a_check_and_a_look(slug: str) -> None:
    lesson = lessons()[slug]
    roles: dict[str, set[str]] = {stem: set() for stem in lesson.stems}
    for cell in load_built(lesson).package.released["cells"]:
        roles.get(cell["metadata"].get("exercise"), set()).add(cell["metadata"]["role"])
    for stem in lesson.stems:
        assert {"text", "predict", "answer", "check", "look"} <= roles[stem], stem


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
    for stem in lesson.stems:
        source = lesson_source(slug, stem)
        assert built.package.tests[stem].count("\n@test_case(") == source.count(
            "# BEGIN TEST CONFIG"
        )


def lesson_source(slug: str, stem: str) -> str:
    return source_path(stem).read_text()


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
    content = assign(lesson, lesson.stems).zip_bytes
    names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    for stem in lesson.stems:
        assert {f"tests/{stem}.py", f"files/reference/{stem}.py"} <= names


@pytest.mark.parametrize("stem", all_stems())
def test_public_tests_say_what_to_do_after_a_crashed_answer_cell(stem: str) -> None:
    package = load_built(lesson_of(stem)).package
    crashed = fill_in(package, package.released, stem, "raise RuntimeError('crashed')")
    outcome = InProcessEngine().grade_notebook(package, crashed)
    section = next(section for section in outcome.sections if section.stem == stem)
    messages = [test.message for test in section.tests if not test.hidden]
    told = [message for message in messages if "does not exist: run the cell above" in message]
    assert len(told) == len(messages) - 1, messages  # the other one asks for the prediction
    assert not any("NoneType" in message for message in messages)
