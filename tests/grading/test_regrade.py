"""A regrade shows who moves and which test did it, and changes nothing until it is told to."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from autograder.cli.terminal import print_regrade
from autograder.errors import GradebookError, PoolError
from autograder.gradebook.decisions import adjust
from autograder.grading.grade import Options
from autograder.grading.regrade import regrade
from tests import fakes
from tests.gradebook.builder import STRICTER, grade, hand_in, person, regrade_with, totals


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(
        tmp_path / "out",
        hand_in(person(name="Alice"), name="submission_101"),
        hand_in(person(name="Bob"), command="fail", name="submission_102"),
        hand_in(person(name="Cleo"), command="pass it", name="submission_103"),
    )
    return tmp_path / "out"


def test_regrade_shows_who_moves_and_which_test_did_it(out: Path) -> None:
    before = (out / "gradebook.sqlite").read_bytes()
    result = regrade_with(out, STRICTER, apply=False)
    assert (result.replayed, result.submissions, result.applied) == (3, 3, False)
    move = result.moves[0]
    assert (move.submission, move.before, move.after) == ("submission_101", 20, 14)
    assert [(t.exercise, t.test, t.before, t.after) for t in move.tests] == [
        ("router", "test_shape", 3, 0),
        ("moe_layer", "test_shape", 3, 0),
    ]
    assert totals(out) == {"Alice": 20, "Bob": 8, "Cleo": 20}
    buffer = io.StringIO()
    print_regrade(Console(file=buffer, width=100), result)
    assert "submission_101, lesson-one: 20 to 14 (-6)" in buffer.getvalue()
    assert "router: test_shape 3 to 0" in buffer.getvalue()
    assert (out / "gradebook.sqlite").read_bytes() == before


def test_regrade_applied_keeps_what_people_decided(out: Path) -> None:
    adjust(out, "submission_102", "router", 9, "the idea is right", "Prof. X")
    assert regrade_with(out, STRICTER, apply=True).applied
    assert totals(out) == {"Alice": 14, "Bob": 10, "Cleo": 14}
    # From now on these are the tests of the class.
    late = hand_in(person(name="Dora"), command="pass dora", root="/late")
    assert grade(out, late, packages=STRICTER).graded == 1


def test_regrade_with_the_same_tests_has_nothing_to_do(out: Path) -> None:
    result = regrade_with(out, fakes.PACKAGES, apply=False)
    assert (result.replayed, result.moves) == (0, ())


def test_a_regrade_that_fails_leaves_every_mark(out: Path, tmp_path: Path) -> None:
    broken = Options(engine="tests.fakes:BrokenEngine", jobs=1)
    with pytest.raises(PoolError):
        regrade(out, STRICTER, broken, apply=True)
    assert totals(out) == {"Alice": 20, "Bob": 8, "Cleo": 20}
    with pytest.raises(GradebookError, match="no gradebook"):
        regrade(tmp_path / "empty", STRICTER, msgspec.structs.replace(broken))
    assert not (tmp_path / "empty").exists()
