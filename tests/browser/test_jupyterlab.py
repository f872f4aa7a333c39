"""The student's seat: each lesson worked through in a real JupyterLab, then graded.

One sitting a lesson: run the notebook as released, type a wrong answer, read the message, type the
right answers, restart, run all, save, and in one lesson make the zip with the last cell. The tests
look at what the page showed and at what was saved on the way. By default one lesson is sat through,
which shows what only a browser can: typing, running, saving, handing in. That the cells of each
lesson run and say what they should is seen in a kernel without a browser; ``-m long`` takes all.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from autograder.course.build import notebook_bytes
from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built
from autograder.course.release import plain_solution
from autograder.course.samples import SampleAnswer, load_samples
from tests.browser.jupyter import (
    cell_at,
    chromium_page,
    empty,
    jupyter_lab,
    open_notebook,
    restart_and_run_all,
    run_all,
    run_all_above,
    run_cell,
    save,
)
from tests.conftest import require_chromium

pytestmark = pytest.mark.browser
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
TYPED = {
    "5-3-1-mixture-of-experts": ("router", "wrong_softmax_over_tokens"),
    "5-3-2-long-context-and-efficient-attention": ("attention_masks", "wrong_without_itself"),
    "5-3-3-training-and-serving-at-scale": ("parallelism_advisor", "wrong_gibibytes"),
}
"""Of each lesson the exercise that is first answered wrongly: one of each kind."""
EXPORTED = "5-3-2-long-context-and-efficient-attention"
"""The lesson whose last cell is run too; it starts another kernel, which takes long."""

each_lesson = pytest.mark.parametrize(
    "slug",
    [pytest.param(slug, marks=() if slug == EXPORTED else pytest.mark.long) for slug in lessons()],
)


@dataclass
class Sitting:
    """What a student saw and saved."""

    unfilled: dict[str, Any]
    wrong: dict[str, Any]
    right: dict[str, Any]
    message: str
    """Below the check cell after the wrong answer."""
    praise: str
    """Below the check cell after the right answer."""
    plots: int
    """Pictures below the look cells that were run after it."""


class Student:
    """Somebody who has one lesson's notebook open."""

    def __init__(self, page: Page, folder: Path, address: str, slug: str) -> None:
        self.page = page
        self.built: Built = load_built(lessons()[slug])
        self.cells = self.built.package.released["cells"]
        if slug != EXPORTED:
            self.cells = [cell for cell in self.cells if cell["metadata"]["role"] != "export"]
        self.path = folder / slug / f"{slug}.ipynb"
        self.path.parent.mkdir()
        self.path.write_bytes(notebook_bytes({**self.built.package.released, "cells": self.cells}))
        open_notebook(page, address, f"{slug}/{slug}.ipynb")

    def run_as_released(self) -> None:
        """Run all cells, but do not hand in yet."""
        last = len(self.cells) - 1
        if self.cells[last]["metadata"]["role"] == "export":
            run_all_above(self.page, cell_at(self.page, last))
        else:
            run_all(self.page)

    def places(self, exercise: str, role: str) -> list[int]:
        """Where the cells of an exercise stand that have a role."""
        return [
            number
            for number, cell in enumerate(self.cells)
            if cell["metadata"].get("exercise") == exercise and cell["metadata"]["role"] == role
        ]

    def write(self, number: int, text: str) -> None:
        """Replace a cell's content: the text comes at once, as if pasted."""
        empty(self.page, cell_at(self.page, number))
        self.page.keyboard.insert_text(text)

    def run(self, number: int) -> str:
        """Run a cell and return what is then to be read below it."""
        cell = cell_at(self.page, number)
        run_cell(self.page, cell)
        return cell.locator(".jp-OutputArea-output").first.inner_text()

    def try_answer(self, exercise: str, source: str) -> str:
        """Write an answer, run it, and read what its check says."""
        (answer,) = self.places(exercise, "answer")
        (check,) = self.places(exercise, "check")
        self.write(answer, source)
        run_cell(self.page, cell_at(self.page, answer))
        return self.run(check)

    def predict(self, exercise: str) -> None:
        """Type the prediction key by key."""
        (place,) = self.places(exercise, "predict")
        cell = cell_at(self.page, place)
        empty(self.page, cell)
        self.page.keyboard.type(self.solution(place))
        run_cell(self.page, cell)

    def solution(self, place: int) -> str:
        """Return the right content of a cell."""
        return solutions(self.built.package.lesson)[self.cells[place]["id"]]

    def look(self, exercise: str) -> int:
        """Run the look cells and count the pictures that they show."""
        shown = 0
        for place in self.places(exercise, "look"):
            cell = cell_at(self.page, place)
            run_cell(self.page, cell)
            shown += cell.locator(".jp-OutputArea img").count()
        return shown

    def fill_in_the_rest(self, done: str) -> None:
        for exercise in self.built.package.exercises:
            for role in ("predict", "answer"):
                for place in self.places(exercise, role) if exercise != done else ():
                    self.write(place, self.solution(place))

    def save(self) -> dict[str, Any]:
        return save(self.page, self.path)


@cache
def solutions(slug: str) -> dict[str, str]:
    """The solution's cells by id, without otter's markers."""
    return {cell["id"]: cell["source"] for cell in plain_solution(lessons()[slug])["cells"]}


def wrong_answer(slug: str) -> SampleAnswer:
    exercise, name = TYPED[slug]
    return next(entry for entry in load_samples(exercise) if entry.name == name)


def sit(page: Page, folder: Path, address: str, slug: str) -> Sitting:
    """Work through a lesson; its files stay in the folder."""
    student = Student(page, folder, address, slug)
    exercise = TYPED[slug][0]
    student.run_as_released()
    unfilled = student.save()
    student.predict(exercise)
    message = student.try_answer(exercise, wrong_answer(slug).source)
    wrong = student.save()
    hand_in(student.path, folder / "handed-in" / slug / "wrong")
    (answer,) = student.places(exercise, "answer")
    praise = student.try_answer(exercise, student.solution(answer))
    plots = student.look(exercise)
    student.fill_in_the_rest(done=exercise)
    restart_and_run_all(page)
    right = student.save()
    hand_in(student.path, folder / "handed-in" / slug / "right")
    for archive in student.path.parent.glob("*.zip"):
        hand_in(archive, folder / "handed-in" / slug / "zipped")
    return Sitting(unfilled, wrong, right, message, praise, plots)


def hand_in(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def sitting(folder: Path) -> Iterator[Callable[[str], Sitting]]:
    """Give a lesson's sitting, which is held when first asked for; one JupyterLab for all."""
    require_chromium()
    ARTEFACTS.mkdir(exist_ok=True)
    with jupyter_lab(folder) as address, chromium_page() as page:
        held: dict[str, Sitting | Exception] = {}

        def hold(slug: str) -> Sitting:
            if slug not in held:
                try:
                    held[slug] = sit(page, folder, address, slug)
                except Exception as error:
                    held[slug] = error  # one failure is not waited for again by each test
                page.screenshot(path=ARTEFACTS / f"lab-{slug}.png")
            result = held[slug]
            if isinstance(result, Exception):
                raise result
            return result

        yield hold


def outputs(cell: dict[str, Any]) -> str:
    return json.dumps(cell.get("outputs", []), ensure_ascii=False)


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def checks(notebook: dict[str, Any]) -> dict[str, str]:
    """What each check cell says, in plain text."""
    return {
        cell["metadata"]["exercise"]: "".join(cell["outputs"][-1]["data"]["text/plain"])
        for cell in code_cells(notebook)
        if cell["metadata"]["role"] == "check"
    }


def public_tests(slug: str) -> dict[str, set[str]]:
    """The tests that the student notebook shows, by exercise."""
    tests = load_built(lessons()[slug]).package.released["metadata"]["otter"]["tests"]
    return {
        exercise: set(re.findall(r"^def (test_\w+)", text, re.M))
        for exercise, text in tests.items()
    }


def verdicts(notebook: dict[str, Any], slug: str) -> dict[str, bool]:
    """What the student saw of each public test: passed or not."""
    seen: dict[str, bool] = {}
    for exercise, text in checks(notebook).items():
        told = re.findall(r"(test_\w+) result:\s+(✅|❌)", text)
        if "passed!" in text:
            told = [(test, "✅") for test in public_tests(slug)[exercise]]
        seen |= {f"{exercise}: {test}": mark == "✅" for test, mark in told}
    return seen


@each_lesson
def test_as_released_it_runs_to_the_end_with_readable_messages(sitting, slug) -> None:
    notebook = sitting(slug).unfilled
    skipped = [cell for cell in code_cells(notebook) if not cell["execution_count"]]
    assert all(cell["metadata"]["role"] == "export" for cell in skipped), "a cell stopped the run"
    assert not any('"output_type": "error"' in outputs(cell) for cell in code_cells(notebook))
    for exercise, text in checks(notebook).items():
        assert text.startswith(f"{exercise} results:")
        assert "Traceback" not in text


@each_lesson
def test_a_wrong_answer_gets_a_message_that_helps(sitting, slug) -> None:
    message = sitting(slug).message
    exercise = TYPED[slug][0]
    wanted = wrong_answer(slug).fails & public_tests(slug)[exercise]
    failed = set(re.findall(r"(test_\w+) result:\s+❌", message))
    assert failed == wanted != set()
    assert re.search(r"Error: \w+\(.*\)\S* (returned|has|is|lets)\b.+; expected ", message)
    assert "Traceback" not in message


@each_lesson
def test_nothing_of_the_hidden_tests_is_shown(sitting, slug) -> None:
    texts = load_built(lessons()[slug]).package.tests.values()
    everything = set().union(*(re.findall(r"^def (test_\w+)", text, re.M) for text in texts))
    hidden = everything.difference(*public_tests(slug).values())
    assert hidden
    for notebook in (sitting(slug).unfilled, sitting(slug).wrong, sitting(slug).right):
        shown = "".join(map(outputs, code_cells(notebook)))
        assert not hidden & set(re.findall(r"test_\w+", shown))


@each_lesson
def test_the_right_answer_passes_and_its_plot_is_seen(sitting, slug) -> None:
    assert "passed!" in sitting(slug).praise
    assert sitting(slug).plots >= 1


@each_lesson
def test_what_was_typed_is_what_was_saved(sitting, slug) -> None:
    released = load_built(lessons()[slug]).package.released["cells"]
    saved = sitting(slug).right["cells"]
    assert [cell["id"] for cell in saved] == [cell["id"] for cell in released][: len(saved)]
    for cell in saved:
        if cell["metadata"]["role"] in ("predict", "answer"):
            assert "".join(cell["source"]) == solutions(slug)[cell["id"]]


@each_lesson
def test_after_a_restart_everything_passes_and_shows_plots(sitting, slug) -> None:
    notebook = sitting(slug).right
    numbers = [cell["execution_count"] for cell in code_cells(notebook)]
    assert numbers == list(range(1, len(numbers) + 1))
    plots = dict.fromkeys(lessons()[slug].exercises, 0)
    for cell in code_cells(notebook):
        assert '"output_type": "error"' not in outputs(cell), "".join(cell["source"])
        if cell["metadata"]["role"] == "look":
            plots[cell["metadata"]["exercise"]] += "image/png" in outputs(cell)
    assert all("passed!" in text for text in checks(notebook).values())
    assert all(plots.values()), f"exercises without a visible plot: {plots}"


@pytest.fixture(scope="module")
def marks(sitting, folder: Path) -> Callable[[str], Path]:
    """Give the results of what was handed in of a lesson, graded when first asked for."""

    @cache
    def graded(slug: str) -> Path:
        sitting(slug)
        out = folder / "marks" / slug
        command = [sys.executable, "-m", "autograder", "grade", str(folder / "handed-in" / slug)]
        command += ["--out", str(out), "--jobs", "1"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return out / "results"

    return graded


@pytest.mark.parametrize("state", ["wrong", "right"])
@each_lesson
def test_the_grader_says_what_the_student_saw(sitting, marks, slug, state) -> None:
    result = json.loads((marks(slug) / state / f"{slug}.json").read_text())
    graded = {
        test["name"]: test["status"] == "passed"
        for test in result["tests"]
        if test["visibility"] == "visible"
    }
    seen = verdicts(getattr(sitting(slug), state), slug)
    assert graded == seen
    assert set(seen.values()) == ({True} if state == "right" else {True, False})


@each_lesson
def test_the_saved_file_earns_full_marks(marks, slug) -> None:
    result = json.loads((marks(slug) / "right" / f"{slug}.json").read_text())
    assert result["score"] == sum(test["max_score"] for test in result["tests"])


def test_the_zip_of_the_last_cell_earns_full_marks(marks) -> None:
    result = json.loads((marks(EXPORTED) / "zipped" / f"{EXPORTED}.json").read_text())
    assert result["score"] == 40
