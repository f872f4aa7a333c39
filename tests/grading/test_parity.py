"""Stock otter and our engine give honest submissions equal scores, test by test."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest

from autograder.course.build import notebook_bytes
from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.model import Notebook, NotebookOutcome
from autograder.sandbox import SandboxEngine
from tests.stock import stock_zip

OTTER = """
import json, sys
from otter.api import grade_submission
results = grade_submission(sys.argv[1], ag_path=sys.argv[2], quiet=True)
print("SCORES" + json.dumps({
    f"{exercise}: {case.test_case.name}": bool(case.passed)
    for exercise, file in ((name, results.results[name]) for name in results.results)
    for case in file.test_case_results
}))
"""
"""Run in a process of its own: otter changes the working directory and the import path."""


def rounds(lesson: Lesson) -> list[dict[str, SampleAnswer]]:
    """Spread the sample answers over notebooks: round r fills in each exercise's r-th one."""
    samples = [load_samples(exercise) for exercise in lesson.exercises]
    return [
        {sample.exercise: sample for sample in of_each if sample is not None}
        for of_each in zip_longest(*samples)
    ]


def notebook_of(lesson: Lesson, answers: dict[str, SampleAnswer]) -> Notebook:
    built = load_built(lesson)
    notebook = built.solution
    for exercise, sample in answers.items():
        notebook = fill_in(built.package, notebook, exercise, sample.source, sample.prediction)
    return notebook


def stock_verdicts(lesson: Lesson, notebook: Notebook, folder: Path) -> dict[str, bool]:
    archive = folder / "autograder.zip"
    if not archive.exists():
        archive.write_bytes(stock_zip(lesson))
    path = folder / f"{lesson.slug}.ipynb"
    path.write_bytes(notebook_bytes(notebook))
    answer = subprocess.run(
        [sys.executable, "-c", OTTER, str(path), str(archive)],
        capture_output=True, text=True, timeout=400, cwd=folder,
    )  # fmt: skip
    line = next((line for line in answer.stdout.splitlines() if line.startswith("SCORES")), None)
    assert line is not None, answer.stdout[-2000:] + answer.stderr[-2000:]
    verdicts: dict[str, bool] = json.loads(line.removeprefix("SCORES"))
    return verdicts


def our_verdicts(outcome: NotebookOutcome) -> dict[str, bool]:
    return {
        f"{section.exercise}: {test.name}": test.passed
        for section in outcome.sections
        for test in section.tests
    }


def compare(lesson: Lesson, engine: SandboxEngine, notebook: Notebook, folder: Path) -> None:
    ours = our_verdicts(engine.grade_notebook(load_built(lesson).package, notebook))
    assert ours == stock_verdicts(lesson, notebook, folder)


@pytest.mark.parametrize("slug", lessons())
def test_equal_verdicts_on_a_round_of_sample_answers(slug, tmp_path) -> None:
    lesson = lessons()[slug]
    with SandboxEngine() as engine:
        # Otter takes ten to thirty seconds per notebook; all sample answers are for the long run.
        compare(lesson, engine, notebook_of(lesson, rounds(lesson)[8]), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("slug", lessons())
def test_equal_verdicts_on_all_sample_answers(slug, tmp_path) -> None:
    lesson = lessons()[slug]
    with SandboxEngine() as engine:
        compare(lesson, engine, load_built(lesson).solution, tmp_path)
        for answers in rounds(lesson):
            compare(lesson, engine, notebook_of(lesson, answers), tmp_path)
