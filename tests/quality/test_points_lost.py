"""What a wrong answer may cost, and that exceptions have a reason."""

from __future__ import annotations

import pytest

from autograder.course.lessons import all_exercises
from autograder.course.samples import load_samples
from autograder.model import SectionOutcome, TestOutcome
from autograder.quality import points_lost
from autograder.quality.check import ExerciseCheck, Run
from autograder.quality.points_lost import Losses, allowed_losses


def check(exercise: str, **lost: float) -> ExerciseCheck:
    runs = [
        Run(
            name=name,
            kind="wrong",
            outcome=SectionOutcome(
                exercise=exercise,
                tests=(TestOutcome(name="test_x", points=10 - cost, max_points=10, hidden=False),),
            ),
        )
        for name, cost in lost.items()
    ]
    return ExerciseCheck(exercise=exercise, runs=tuple(runs), problems=())


@pytest.mark.parametrize(("exercise", "most"), [("rope", 3.0), ("moe_layer", 4.0)])
def test_a_dear_slip_needs_a_reason_and_a_reason_needs_a_dear_slip(
    exercise: str, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = {exercise: Losses(dear={"wrong_old": "It was dear once.", "wrong_known": "So it is."})}
    monkeypatch.setattr(points_lost, "allowed_losses", lambda: losses)
    found = check(exercise, wrong_at=most, wrong_above=most + 0.25, wrong_known=9.0, wrong_old=1.0)
    above, old = points_lost.problems(found)
    assert above.startswith(f"wrong_above loses {most + 0.25:g} points, more than {most:g}")
    assert "wrong_old" in old


def test_a_central_idea_costs_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = {"rope": Losses(central=("wrong_at", "wrong_below", "wrong_gone"))}
    monkeypatch.setattr(points_lost, "allowed_losses", lambda: losses)
    below, gone = points_lost.problems(check("rope", wrong_at=1.0, wrong_below=0.75))
    assert below.startswith("wrong_below misses a central idea and loses 0.75 points")
    assert gone.startswith("wrong_gone misses a central idea and loses 0 points")


@pytest.mark.parametrize("exercise", all_exercises())
def test_each_exercise_names_its_central_ideas_and_what_its_lesson_fights_is_among_them(
    exercise: str,
) -> None:
    fighting = {one.name for one in load_samples(exercise) if one.fights}
    assert fighting <= set(allowed_losses()[exercise].central)
    assert allowed_losses()[exercise].central
