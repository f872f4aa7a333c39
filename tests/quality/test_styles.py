"""Likely mistakes are known in several styles, since no class writes one as its author did."""

from __future__ import annotations

import pytest

from autograder.course.lessons import lessons
from autograder.course.samples import SampleAnswer, load_samples
from autograder.quality.check import style_problems
from autograder.quality.points_lost import allowed_losses

EXERCISES = [exercise for lesson in lessons().values() for exercise in lesson.exercises]


def _wrong(likely: bool) -> SampleAnswer:
    return SampleAnswer(
        exercise="rope", name="wrong_halves", kind="wrong", source="", likely=likely
    )


def _also(style: str) -> SampleAnswer:
    return SampleAnswer(
        exercise="rope",
        name=f"also_halves_{style}",
        kind="also",
        source="",
        variant_of="wrong_halves",
    )


def test_a_likely_mistake_wants_two_further_styles() -> None:
    problems = list(style_problems([_wrong(likely=True), _also("loop")]))
    assert problems == [
        "wrong_halves is likely, so at least 2 files also_halves_<style>.py are needed; there are 1"
    ]
    assert not list(style_problems([_wrong(likely=True), _also("loop"), _also("numpy")]))


def test_a_mistake_that_few_make_stands_alone() -> None:
    assert not list(style_problems([_wrong(likely=False)]))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_mistakes_that_the_exercise_is_about_are_likely(exercise: str) -> None:
    central = set(allowed_losses()[exercise].central)
    samples = [sample for sample in load_samples(exercise) if sample.kind == "wrong"]
    about = {sample.name for sample in samples if sample.fights} | central
    likely = {sample.name for sample in samples if sample.likely}
    assert about <= likely
    assert len(likely) >= 8
    assert not list(style_problems(load_samples(exercise)))
