"""A diagnosis of a student's own code, in the sandbox: right names, nothing touched, bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.course.lessons import Lesson, lesson_of, lessons
from autograder.course.packages import load_built
from autograder.course.samples import fill_in, load_samples
from autograder.diagnosis.answers import agree
from autograder.diagnosis.asking import FunctionProbes, probes_of
from autograder.diagnosis.known import Signature, answers_of
from autograder.grading.inprocess import InProcessEngine
from autograder.grading.known import with_known
from autograder.model import EventKind, FindingKind, SectionOutcome
from autograder.sandbox import SandboxEngine, attempt, questions
from autograder.sandbox.limits import Limits

EXERCISE = "attention_masks"
LESSON = lesson_of(EXERCISE)


@pytest.fixture(scope="module")
def engine() -> Iterator[SandboxEngine]:
    with SandboxEngine(Limits(call_seconds=1.5, judge_seconds=5)) as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, questions.Asked]]:
    """Each exercise that was asked, with what came of it."""
    put, found = questions.ask_functions, []

    def kept(ready, exercise, functions, seconds):
        found.append((exercise, put(ready, exercise, functions, seconds)))
        return found[-1][1]

    monkeypatch.setattr(attempt, "ask_functions", kept)
    return found


def graded(
    engine: SandboxEngine, answer: str, *, diagnosed: bool = True, earlier: str = ""
) -> SectionOutcome:
    """One answer to the exercise; the others are solved.

    Args:
        engine: what grades.
        answer: the code of the exercise.
        diagnosed: whether the package brings what a diagnosis needs.
        earlier: code of the exercise before this one, instead of its solution.
    """
    package = with_known(LESSON) if diagnosed else load_built(LESSON).package
    notebook = load_built(LESSON).solution
    if earlier:
        notebook = fill_in(package, notebook, "rope", earlier)
    notebook = fill_in(package, notebook, EXERCISE, answer)
    sections = engine.grade_notebook(package, notebook).sections
    return next(section for section in sections if section.exercise == EXERCISE)


def sample(name: str) -> str:
    return next(one.source for one in load_samples(EXERCISE) if one.name == name)


RIGHT = sample("correct_loops") if any(
    one.name == "correct_loops" for one in load_samples(EXERCISE)
) else next(one.source for one in load_samples(EXERCISE) if one.kind == "correct")  # fmt: skip


def test_a_right_answer_gets_no_diagnosis(engine: SandboxEngine) -> None:
    section = graded(engine, RIGHT)
    assert section.findings == ()
    assert section.behaviour == ""


def test_a_known_misconception_is_named_for_each_function(engine: SandboxEngine) -> None:
    section = graded(engine, sample("wrong_transposed"))
    assert {finding.sample for finding in section.findings} == {"wrong_transposed"}
    assert {finding.kind for finding in section.findings} == {FindingKind.MISCONCEPTION}


@pytest.mark.parametrize("lesson", lessons().values(), ids=lessons())
def test_every_probe_is_answered_as_it_is_outside(
    engine: SandboxEngine, asked: list[tuple[str, questions.Asked]], lesson: Lesson
) -> None:
    package, notebook = with_known(lesson), load_built(lesson).solution
    for exercise in lesson.exercises:
        wrong = next(one for one in load_samples(exercise) if one.kind == "wrong")
        notebook = fill_in(package, notebook, exercise, wrong.source)
    engine.grade_notebook(package, notebook)
    said = dict(asked)
    for exercise in lesson.exercises:
        names = InProcessEngine().namespace(package, notebook, exercise)
        outside = answers_of(exercise, names)
        for function in probes_of(exercise):
            inside = said[exercise].answers[function.name]
            assert not otherwise(function, inside, outside[function.name])


def otherwise(function: FunctionProbes, inside: Signature, outside: Signature) -> list[str]:
    """The probes that are answered in another way inside, or not at all."""
    return [
        f"{probe.call}: {inside[at].shown if at < len(inside) else 'not asked'}"
        for at, probe in enumerate(function.probes)
        if at >= len(inside)
        or not agree(inside[at], outside[at], function.tolerance, function.floor)
    ]


HOSTILE = {
    "never ends": "def count_scores(mask):\n    while True:\n        pass\n",
    "ends the process": "import os\ndef count_scores(mask):\n    os._exit(3)\n",
    "raises what is no Exception": "def count_scores(mask):\n    raise BaseException('x')\n",
    "returns a gigabyte": "def count_scores(mask):\n    return torch.zeros(2**28)\n",
    "counts its calls": "n = 0\ndef count_scores(mask):\n    global n\n    n += 1\n    return n\n",
    "is no function": "count_scores = 7\n",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_a_function_does_points_stay_and_something_is_said(
    engine: SandboxEngine, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        engine, "limits", Limits(call_seconds=0.75, judge_seconds=3, probe_seconds=2)
    )
    source = f"{RIGHT}\n{answer}"
    plain, section = graded(engine, source, diagnosed=False), graded(engine, source)
    assert [test.points for test in section.tests] == [test.points for test in plain.tests]
    # Whether a gigabyte comes in time is a matter of the machine's speed; all else is not.
    late = {EventKind.TIMEOUT}
    assert {e.kind for e in section.events} - late == {e.kind for e in plain.events} - late
    assert section.undiagnosed or any(f.function == "count_scores" for f in section.findings)


def test_a_result_of_another_kind_is_no_crash(engine: SandboxEngine) -> None:
    listed = "_as_tensor = causal_mask\ndef causal_mask(n):\n    return _as_tensor(n).tolist()\n"
    section = graded(engine, f"{RIGHT}\n{listed}")
    (finding,) = [one for one in section.findings if one.function == "causal_mask"]
    assert finding.kind is FindingKind.COUNTEREXAMPLE
    assert finding.came.startswith("no such answer (AttributeError: 'list' object")


@pytest.mark.parametrize(
    ("earlier", "rerun"),
    [("steps = 2", True), ("steps = 'no number'", False)],
    ids=["the second counts", "the first counts"],
)
def test_a_section_that_is_run_twice_is_asked_once(
    engine: SandboxEngine,
    asked: list[tuple[str, questions.Asked]],
    earlier: str,
    rerun: bool,
) -> None:
    # The count needs a name of the exercise before; what is wrong with the masks does not.
    counts = "def count_scores(mask):\n    return int(mask.sum()) * 2 // steps\n"
    if not rerun:
        counts = "try:\n    steps + 1\nexcept NameError:\n    steps = 2\n" + counts
    section = graded(engine, sample("wrong_transposed") + counts, earlier=earlier)
    assert section.rerun is rerun
    assert [exercise for exercise, _ in asked].count(EXERCISE) == 1
    assert {one.sample for one in section.findings} == {"wrong_transposed"}
