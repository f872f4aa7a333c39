"""What is held back to measure a diagnosis, and how far a hidden test reaches."""

from __future__ import annotations

import hashlib

import pytest

from autograder.course.samples import Kind, SampleAnswer
from autograder.model import SectionOutcome, TestOutcome
from autograder.quality.check import ExerciseCheck, Run
from autograder.quality.heldback import held_back
from autograder.quality.reach import dearest_and_cheapest, lost, reach


def sample(name: str, kind: Kind, sentence: str) -> SampleAnswer:
    return SampleAnswer(
        exercise="router", name=name, kind=kind, source="x = 1\n", feedback=sentence
    )


def test_a_third_of_the_further_styles_is_held_back_and_never_the_first_of_an_idea() -> None:
    samples = [
        *(sample(f"correct_{n}", "correct", "") for n in range(9)),
        *(sample(f"wrong_{idea}_{n}", "wrong", idea) for idea in "abc" for n in range(50)),
        *(sample(f"also_a_{n}", "also", "a") for n in range(50)),
    ]
    names = {one.name for one in held_back(samples)}
    assert not names & {"wrong_a_0", "wrong_b_0", "wrong_c_0"}
    assert not [name for name in names if name.startswith("correct")]
    # Of 197 further styles about 66, by the first four bytes of their names' hash.
    assert 45 <= len(names) <= 85
    first = int(hashlib.sha256(b"wrong_b_7").hexdigest()[:8], 16)
    assert ("wrong_b_7" in names) == (first % 3 == 0)


def run(name: str, *failed: str) -> Run:
    tests = tuple(
        TestOutcome(name=test, points=0.0 if test in failed else 2.0, max_points=2.0, hidden=True)
        for test in ("test_wide", "test_narrow", "test_dtype")
    )
    return Run(name=name, kind="wrong", outcome=SectionOutcome(exercise="router", tests=tests))


CHECK = ExerciseCheck(
    exercise="router",
    runs=(
        run("wrong_a", "test_wide", "test_narrow"),
        run("wrong_b", "test_wide"),
        run("wrong_c", "test_wide", "test_dtype"),
        run("wrong_d", "test_wide", "test_narrow", "test_dtype"),
    ),
    problems=(),
)


def test_a_wrong_answer_belongs_to_the_most_telling_test_it_fails() -> None:
    found = {one.test: one for one in reach(CHECK)}
    # Narrow and dtype fail for two answers each, so wrong_d belongs to both.
    assert (found["test_narrow"].own, found["test_narrow"].others) == (2, 0)
    assert (found["test_dtype"].own, found["test_dtype"].others) == (2, 0)
    assert (found["test_wide"].own, found["test_wide"].others) == (1, 3)
    assert found["test_wide"].share == pytest.approx(3 / 3)
    assert found["test_narrow"].share == 0


def test_dearest_and_cheapest_by_points_lost() -> None:
    most, least = dearest_and_cheapest(CHECK)
    assert (most.name, lost(most), least.name, lost(least)) == ("wrong_d", 6.0, "wrong_b", 2.0)
