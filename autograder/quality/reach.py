"""How far each hidden test reaches beyond its own idea, and what each wrong answer costs."""

from __future__ import annotations

import msgspec

from autograder.quality.check import ExerciseCheck, Run

TOO_FAR = 1 / 3
"""A test that fails for more of the ideas that are not its own tells little."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """One hidden test."""

    exercise: str
    test: str
    own: int
    """Wrong sample answers that belong to it."""
    others: int
    """Wrong sample answers that it fails and that belong to another test."""
    wrong: int
    """Wrong sample answers there are."""

    @property
    def share(self) -> float:
        """Of the wrong sample answers that are not its own, how many it fails."""
        return self.others / max(1, self.wrong - self.own)


def reach(check: ExerciseCheck) -> list[Reach]:
    """Count for each hidden test the wrong answers that it fails, its own and those of others.

    A wrong answer belongs to the hidden test that fails for it and for the fewest wrong answers:
    the most telling one. Where several are equal it belongs to each of them.
    """
    kills = {test: check.kills(test) for test in check.hidden_tests}
    own: dict[str, set[str]] = {test: set() for test in kills}
    for run in check.wrong:
        failed = [test for test in kills if test in run.failed]
        fewest = min((len(kills[test]) for test in failed), default=0)
        for test in failed:
            if len(kills[test]) == fewest:
                own[test].add(run.name)
    return [
        Reach(
            exercise=check.exercise,
            test=test,
            own=len(own[test]),
            others=len(failing - own[test]),
            wrong=len(check.wrong),
        )
        for test, failing in kills.items()
    ]


def lost(run: Run) -> float:
    """Points that a sample answer loses."""
    return run.outcome.max_points - run.outcome.points


def dearest_and_cheapest(check: ExerciseCheck) -> tuple[Run, Run]:
    """The wrong answer that loses most points, and the one that loses least."""
    by_loss = sorted(check.wrong, key=lambda run: (lost(run), run.name))
    return by_loss[-1], by_loss[0]
