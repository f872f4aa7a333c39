"""A right answer never reads of a mistake, not even if its functions were asked."""

from __future__ import annotations

import pytest

from autograder.course.lessons import all_exercises, lesson_of
from autograder.course.packages import load_built
from autograder.course.samples import fill_in
from autograder.diagnosis.findings import diagnose
from autograder.diagnosis.known import answers_of
from autograder.grading.inprocess import InProcessEngine
from autograder.model import TestOutcome
from autograder.quality.diagnosis_page import arguments_of
from tests.diagnosis.asked import known_of, samples_of


@pytest.mark.parametrize("exercise", all_exercises())
def test_asked_all_the_same_no_right_answer_gets_a_finding(exercise: str) -> None:
    built = load_built(lesson_of(exercise), (exercise,))
    engine = InProcessEngine()
    arguments = arguments_of(exercise)
    # As if it had lost every point: each function is then one that failed tests ask about.
    lost = [TestOutcome(name=test, points=0.0, max_points=1.0, hidden=True) for test in arguments]
    for sample in samples_of(exercise).values():
        if sample.kind == "correct":
            notebook = fill_in(built.package, built.solution, exercise, sample.source)
            answers = answers_of(exercise, engine.namespace(built.package, notebook, exercise))
            found = diagnose(known_of(exercise), answers, lost, arguments, [sample.source])
            assert found == (), sample.name
