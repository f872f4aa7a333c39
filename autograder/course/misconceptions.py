"""Naming the misconception behind a pattern of failed tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from autograder.course.samples import SampleAnswer, load_samples
from autograder.model import SectionOutcome

Explain = Callable[[str, frozenset[str]], str | None]
"""Exercise and the names of the failed tests to the misconception they show, if they show one."""
PREDICTION_TEST = "test_prediction"


def explain_nothing(exercise: str, failed: frozenset[str]) -> str | None:
    """What to pass where no bank of misconceptions is at hand."""
    return None


def misconceptions(
    exercise: str, folder: Path | None = None
) -> dict[frozenset[str], SampleAnswer | None]:
    """Return the failing patterns of an exercise's wrong answers, their variants included.

    Returns:
        Failed test names to the bank entry with exactly that pattern; None where several
        misconceptions share it, so that it identifies none of them.
    """
    patterns: dict[frozenset[str], SampleAnswer | None] = {}
    entries = [entry for entry in load_samples(exercise, folder) if entry.kind != "correct"]
    for entry in sorted(entries, key=lambda entry: entry.kind == "also"):
        known = patterns.setdefault(entry.fails, entry)
        if known is not None and known.name not in (entry.name, entry.variant_of):
            same = known.variant_of and known.variant_of == entry.variant_of
            patterns[entry.fails] = known if same else None
    return patterns


def explainer() -> Explain:
    """Return what names the misconception whose wrong submission fails exactly these tests."""
    # A class asks for each exercise of each student: the bank's thirty files are read once.
    patterns = cache(misconceptions)

    def explain(exercise: str, failed: frozenset[str]) -> str | None:
        entry = patterns(exercise).get(failed)
        return entry.feedback if entry else None

    return explain


def failed_tests(section: SectionOutcome) -> frozenset[str]:
    """Names of the failed tests that tell a misconception: an unanswered prediction tells none."""
    return frozenset(
        test.name
        for test in section.tests
        if not test.passed and not test.name.startswith(PREDICTION_TEST)
    )


def misconception(section: SectionOutcome, explain: Explain) -> str | None:
    failed = failed_tests(section)
    return explain(section.exercise, failed) if failed else None
