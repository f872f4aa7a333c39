"""What wrong answers may cost: a central idea not too little, one slip not too much."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from autograder.course.lessons import checkout_root, read_yaml, source_path
from autograder.quality.check import ExerciseCheck
from autograder.quality.reach import lost

ALLOWED_LOSSES = Path("tests") / "points_lost.yaml"
LEAST_FOR_A_CENTRAL_IDEA = 1.0
MOST_FOR_A_SLIP = {True: 3.0, False: 4.0}
"""In a Guided exercise, whose code is laid out, and in the others."""


class Losses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known about the wrong answers of one exercise."""

    central: tuple[str, ...] = ()
    """Sample answers that miss an idea which the exercise exists for."""
    dear: dict[str, str] = {}
    """Sample answers that cost more than one slip should, each with the reason."""


@cache
def allowed_losses() -> dict[str, Losses]:
    """Return what ``tests/points_lost.yaml`` says of each exercise; nothing without a checkout."""
    path = (checkout_root() or Path()) / ALLOWED_LOSSES
    content = read_yaml(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return msgspec.convert(content, dict[str, Losses])


def problems(check: ExerciseCheck) -> Iterator[str]:
    """Name the wrong answers that cost too little or too much, and reasons that explain nothing."""
    if checkout_root() is None:
        return
    known = allowed_losses().get(check.exercise, Losses())
    costs = {run.name: lost(run) for run in check.wrong}
    most = MOST_FOR_A_SLIP["**Guided.**" in source_path(check.exercise).read_text(encoding="utf-8")]
    for name in known.central:
        if costs.get(name, 0.0) < LEAST_FOR_A_CENTRAL_IDEA:
            yield (
                f"{name} misses a central idea and loses {costs.get(name, 0.0):g} points; "
                f"at least {LEAST_FOR_A_CENTRAL_IDEA:g} are wanted"
            )
    for name, cost in costs.items():
        if cost > most and name not in known.dear:
            yield (
                f"{name} loses {cost:g} points, more than {most:g}: make its tests stand for one "
                f"idea each, or give the reason in {ALLOWED_LOSSES}"
            )
    for name in known.dear:
        if costs.get(name, 0.0) <= most:
            yield f"{ALLOWED_LOSSES} gives a reason for {name}, which does not cost too much"
