"""An answer of the course's own, graded and diagnosed in this process."""

from __future__ import annotations

from functools import cache

from autograder.course.lessons import lesson_of
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.diagnosis.findings import diagnose
from autograder.diagnosis.known import KnownFunction, answers_of
from autograder.grading.inprocess import InProcessEngine
from autograder.grading.known import load_known
from autograder.model import Finding
from autograder.quality.diagnosis_page import arguments_of


@cache
def known_of(exercise: str) -> tuple[KnownFunction, ...]:
    """How the sample answers of an exercise answer its probes."""
    return load_known(lesson_of(exercise))[exercise]


@cache
def samples_of(exercise: str) -> dict[str, SampleAnswer]:
    """The sample answers of an exercise by name."""
    return {sample.name: sample for sample in load_samples(exercise)}


def diagnosed(exercise: str, answer: str) -> tuple[Finding, ...]:
    """What a student with this answer reads."""
    built = load_built(lesson_of(exercise), (exercise,))
    notebook = fill_in(built.package, built.solution, exercise, answer)
    engine = InProcessEngine()
    (section,) = engine.grade_notebook(built.package, notebook).sections
    answers = answers_of(exercise, engine.namespace(built.package, notebook, exercise))
    arguments = arguments_of(exercise)
    return diagnose(known_of(exercise), answers, section.tests, arguments, [answer])
