"""Stock otter and our engine give honest submissions equal scores, test by test."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

import pytest

from autograder.course.build import notebook_bytes
from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.model import Notebook
from autograder.sandbox import SandboxEngine
from tests.grading.stock_otter import our_verdicts, stock_verdicts


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


def compare(lesson: Lesson, engine: SandboxEngine, notebook: Notebook, folder: Path) -> None:
    raw = notebook_bytes(notebook)
    assert our_verdicts(lesson.slug, engine, raw) == stock_verdicts(lesson.slug, raw, folder)


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
