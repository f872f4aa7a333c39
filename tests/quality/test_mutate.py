"""Mutations are real, different and small; tolerances lie between right and wrong."""

from __future__ import annotations

import ast

import pytest

from autograder.course.lessons import all_exercises, lesson_of
from autograder.course.packages import load_built
from autograder.quality.calibrate import calibrate, shifted_seeds
from autograder.quality.mutate import explained_survivors, mutants, solution_source

SOURCE = '''
def f(x, y, dim=-1):
    """Doc."""
    if x < 0:
        raise ValueError("x")
    z = x[1:y] + 2.0
    return g(z, y, dim=0).to(torch.float64)
'''


def test_each_kind_of_mutation_is_made() -> None:
    kinds = {mutant.kind for mutant in mutants("s", SOURCE)}
    assert kinds == {
        "comparison", "arithmetic", "constant", "axis", "argument order", "slice bound",
        "removed statement", "dtype",
    }  # fmt: skip


def test_mutants_parse_and_differ_from_each_other() -> None:
    sources = [mutant.source for mutant in mutants("s", SOURCE)]
    assert len(sources) == len(set(sources))
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    for source in sources:
        ast.parse(source)


def test_a_mutant_says_what_changed() -> None:
    keys = {mutant.key for mutant in mutants("s", SOURCE)}
    assert "if x < 0: => if x <= 0:" in keys
    assert "z = x[1:y] + 2.0 => z = x[1:y] - 2.0" in keys


@pytest.mark.parametrize("exercise", all_exercises())
def test_explained_survivors_still_exist(exercise: str) -> None:
    built = load_built(lesson_of(exercise), (exercise,))
    keys = {mutant.key for mutant in mutants(exercise, solution_source(built, exercise))}
    stale = set(explained_survivors().get(exercise, {})) - keys
    assert not stale, f"surviving_mutants.yaml explains mutants that are no more: {stale}"


@pytest.mark.parametrize("exercise", all_exercises())
def test_tolerances_lie_between_right_and_wrong(exercise: str) -> None:
    for spread in calibrate(exercise, seeds=2).spreads:
        assert spread.right <= 0.5, f"{spread.test} allows too little"
        assert spread.wrong is None or spread.wrong > 1.2, f"{spread.test} allows too much"


def test_shifted_seeds_really_shift() -> None:
    import torch

    plain = torch.rand(3, generator=torch.Generator().manual_seed(1))
    with shifted_seeds(1, "router"):
        shifted = torch.rand(3, generator=torch.Generator().manual_seed(1))
    assert not torch.equal(plain, shifted)
    assert torch.equal(plain, torch.rand(3, generator=torch.Generator().manual_seed(1)))


@pytest.mark.long
@pytest.mark.parametrize("exercise", all_exercises())
def test_no_correct_submission_fails_in_a_thousand_gradings(exercise: str) -> None:
    assert calibrate(exercise, seeds=1000).correct >= 4
