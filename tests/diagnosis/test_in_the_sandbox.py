"""A diagnosis of a student's own code, in the sandbox: right names, nothing touched, bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.course.lessons import lesson_of
from autograder.course.packages import load_built
from autograder.course.samples import fill_in, load_samples
from autograder.grading.known import with_known
from autograder.model import EventKind, FindingKind, SectionOutcome
from autograder.sandbox import SandboxEngine
from autograder.sandbox.limits import Limits

EXERCISE = "attention_masks"
LESSON = lesson_of(EXERCISE)


@pytest.fixture(scope="module")
def engine() -> Iterator[SandboxEngine]:
    with SandboxEngine(Limits(call_seconds=1.5, judge_seconds=5)) as made:
        yield made


def graded(engine: SandboxEngine, answer: str, *, diagnosed: bool = True) -> SectionOutcome:
    """One answer to the exercise; the others are left as released."""
    package = with_known(LESSON) if diagnosed else load_built(LESSON).package
    notebook = fill_in(package, load_built(LESSON).solution, EXERCISE, answer)
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
