"""How far each hidden test reaches beyond its own idea, and what each wrong answer costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from autograder.diagnosis.known import KnownFunction
from autograder.quality.check import ExerciseCheck, Run
from autograder.quality.diagnosis import misread_places


class Reach(msgspec.Struct, frozen=True):
    """One hidden test."""

    exercise: str
    test: str
    others: int
    """Wrong sample answers that it fails though they err only in functions it does not ask for."""
    all: int
    """Wrong sample answers that it fails."""
    wrong: int
    """Wrong sample answers there are."""

    @property
    def share(self) -> float:
        return self.all / self.wrong if self.wrong else 0.0


def reach(
    check: ExerciseCheck,
    known: Sequence[KnownFunction],
    arguments: Mapping[str, frozenset[str]],
) -> list[Reach]:
    """Count for each hidden test the wrong answers that it fails, and those of other ideas.

    A wrong answer is another idea's where the functions that answer the probes wrongly are none of
    those that the test asks for. Within one function every test may fail for a wrong value; of that
    the share of all wrong answers tells.
    """
    places = {
        sample: {function for function, _ in wrong}
        for sample, wrong in misread_places(known).items()
    }
    found = []
    for test in check.hidden_tests:
        kills = check.kills(test)
        others = [name for name in kills if places.get(name) and not places[name] & arguments[test]]
        found.append(Reach(check.exercise, test, len(others), len(kills), len(check.wrong)))
    return found


def lost(run: Run) -> float:
    """Points that a sample answer loses."""
    return run.outcome.max_points - run.outcome.points


def dearest_and_cheapest(check: ExerciseCheck) -> tuple[Run, Run]:
    """The wrong answer that loses most points, and the one that loses least."""
    by_loss = sorted(check.wrong, key=lambda run: (lost(run), run.name))
    return by_loss[-1], by_loss[0]
