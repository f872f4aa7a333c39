"""What a feedback page says of each wrong function, and which failed tests that leaves to tell."""

from __future__ import annotations

from typing import Any

from autograder.diagnosis.naming import together
from autograder.model import Finding, FindingKind, SectionOutcome, TestOutcome
from autograder.outputs.report.stats import title_of

LABELS = {
    FindingKind.MISSING: "Not there yet",
    FindingKind.CRASH: "It does not run",
    FindingKind.MISCONCEPTION: "What this looks like",
    FindingKind.COUNTEREXAMPLE: "A call that shows it",
}
FOLDED = {
    FindingKind.MISSING: "Could not be tried",
    FindingKind.CRASH: "Could not be tried",
    FindingKind.MISCONCEPTION: "Follows from this",
    FindingKind.COUNTEREXAMPLE: "",
}
"""The heading above the tests that need no explanation of their own."""

Entry = dict[str, Any]


def findings_of(section: SectionOutcome, show_expected: bool) -> tuple[list[Entry], list[Entry]]:
    """Say what is wrong, function by function.

    Args:
        section: one exercise, judged and diagnosed.
        show_expected: whether to show what a call should have given.

    Returns:
        An entry for each finding, with the failed tests that it explains; and the failed tests
        that no finding explains.
    """
    failed = {test.name: test for test in section.tests if not test.passed}
    told: set[str] = set()
    entries = []
    for finding in together(section.findings):
        follows = [name for name in finding.follows if name in failed and name not in told]
        told.update(follows)
        folded = [told_test(failed[name]) for name in follows]
        entries.append(_entry(finding, show_expected) | {"tests": folded})
    said = {finding.closest for finding in section.findings}
    left = [told_test(test) for name, test in failed.items() if name not in told]
    # The idea that stands with the counterexample need not be read twice.
    return entries, [test | {"message": ""} if test["message"] in said else test for test in left]


def _entry(finding: Finding, show_expected: bool) -> Entry:
    crashed = finding.kind is FindingKind.CRASH
    return {
        "function": finding.function,
        "label": LABELS[finding.kind],
        "sentence": finding.sentence,
        "call": finding.call,
        # A crash's sentence has said what came.
        "came": "" if crashed else finding.came,
        "expected": finding.expected if show_expected else "",
        "idea": finding.misconception or finding.closest,
        "heading": FOLDED[finding.kind],
    }


def told_test(test: TestOutcome) -> Entry:
    """One test as a page tells it."""
    return {
        "title": title_of(test.name),
        "points": test.points,
        "max_points": test.max_points,
        "message": test.message,
    }
