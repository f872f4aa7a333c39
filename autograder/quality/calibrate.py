"""Tolerances between two measured numbers: what right answers differ by, and the nearest wrong one.

Every numeric comparison of the hidden tests goes through ``reference.checks``, which can be
observed. Each correct sample answer is judged on many shifted seeds, on one thread and on two by
turns, each wrong one on its own seed only.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import torch

from autograder.course.lessons import lesson_of
from autograder.course.packages import Built, load_built
from autograder.course.samples import SampleAnswer, load_samples
from autograder.errors import InvalidInput
from autograder.grading.inprocess import InProcessEngine
from autograder.quality.check import with_answer
from autograder.sandbox.judging import TestFiles
from reference import checks


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """One hidden test's comparisons, as multiples of what the test allows."""

    exercise: str
    test: str
    allowed: float
    """The absolute difference allowed in the comparison that came closest to failing."""
    right: float
    """Largest difference of any correct sample answer, in units of what is allowed; under 1."""
    wrong: float | None
    """Smallest failing difference of any wrong sample answer, likewise; over 1. None: fails
    otherwise (another shape, an exception)."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What the correct sample answers of an exercise did on many seeds."""

    exercise: str
    correct: int
    """How many there are, each judged on every seed."""
    seeds: int
    spreads: list[Spread]


def calibrate(exercise: str, seeds: int) -> Calibration:
    """Measure an exercise's hidden tests on its sample answers.

    Args:
        exercise: the exercise.
        seeds: how many shifted seeds each correct sample answer is judged on.

    Raises:
        ValueError: a correct sample answer failed a test on some seed; the message says which.
    """
    samples = load_samples(exercise)
    correct = [sample for sample in samples if sample.kind == "correct"]
    built = load_built(lesson_of(exercise), (exercise,))
    right: dict[str, tuple[float, float]] = {}
    wrong: dict[str, float] = {}
    for shift in range(seeds):
        # All on one seed in a row: what the reference remembers of it serves each.
        with shifted_seeds(shift, exercise), threads(1 + shift % 2):
            # And one engine: the given cells, some of which train, run once a seed.
            engine, files = InProcessEngine(), TestFiles()
            for sample in correct if shift else samples:
                for test, ratio, allowed, failed in _comparisons(built, sample, engine, files):
                    if sample.kind == "correct":
                        if failed:
                            raise InvalidInput(f"{sample.name} fails {test} on seed shift {shift}")
                        right[test] = max(right.get(test, (0.0, 0.0)), (ratio, allowed))
                    elif ratio > 1:
                        wrong[test] = min(wrong.get(test, ratio), ratio)
    spreads = [
        Spread(exercise=exercise, test=test, allowed=allowed, right=ratio, wrong=wrong.get(test))
        for test, (ratio, allowed) in right.items()
    ]
    return Calibration(exercise=exercise, correct=len(correct), seeds=seeds, spreads=spreads)


def _comparisons(
    built: Built, sample: SampleAnswer, engine: InProcessEngine, files: TestFiles
) -> Iterator[tuple[str, float, float, bool]]:
    """Yield test, largest ratio, what was allowed there, and whether the test failed."""
    notebook = with_answer(built.package, built.solution, sample)
    namespace = engine.namespace(built.package, notebook, sample.exercise)
    for case in files.cases(built.package.tests[sample.exercise]):
        if not case.hidden:
            continue
        with _observed() as seen:
            outcome = case.judge(namespace)
        ratio, allowed = max(((_ratio(*pair), pair[1]) for pair in seen), default=(0.0, 0.0))
        if seen or not outcome.passed:
            yield outcome.name, ratio, allowed, not outcome.passed


def _ratio(difference: float, allowed: float) -> float:
    if allowed:
        return difference / allowed
    return 0.0 if difference == 0 else float("inf")


@contextlib.contextmanager
def _observed() -> Iterator[list[tuple[float, float]]]:
    """Collect difference and allowance of each comparison made inside."""
    seen: list[tuple[float, float]] = []
    checks.observer = lambda difference, allowed: seen.append((difference, allowed))
    try:
        yield seen
    finally:
        checks.observer = None


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch add up on so many threads, which changes the order of its sums."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def shifted_seeds(shift: int, exercise: str) -> Iterator[None]:
    """Make every seeded generator start elsewhere, in given cells, tests and reference alike."""

    class Shifted(torch.Generator):
        def manual_seed(self, seed: int) -> torch.Generator:
            return super().manual_seed(seed + 100_003 * shift)

    old_generator, old_rng = torch.Generator, np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        return old_rng(seed + 100_003 * shift if isinstance(seed, int) else seed)

    torch.Generator = Shifted  # type: ignore[misc]
    np.random.default_rng = default_rng
    module = importlib.import_module(f"reference.{exercise}")
    try:
        importlib.reload(module)  # drops what the reference remembers of other seeds
        yield
    finally:
        torch.Generator, np.random.default_rng = old_generator, old_rng  # type: ignore[misc]
        importlib.reload(module)
