"""What the findings of one exercise say, for every place that tells of them in a line."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from autograder.model import Finding, FindingKind, SectionOutcome, TestOutcome

PREDICTION_TEST = "test_prediction"


def failed_tests(section: SectionOutcome) -> frozenset[str]:
    """Names of the failed tests of the code: an unanswered prediction is none."""
    return frozenset(test.name for test in section.tests if is_failed_code(test))


def is_failed_code(test: TestOutcome) -> bool:
    """Whether a test of the code failed: the prediction's own tests are none."""
    return not test.passed and not test.name.startswith(PREDICTION_TEST)


def misconception_of(finding: Finding) -> str:
    """The sentence of the misconception that a wrong sample answer shares; empty without one."""
    is_plain = finding.kind is FindingKind.MISCONCEPTION
    return finding.sentence if is_plain else finding.misconception


def misconceptions(section: SectionOutcome) -> tuple[str, ...]:
    """The sentences of the misconceptions that an exercise shows, each once."""
    named = map(misconception_of, section.findings)
    return tuple(dict.fromkeys(sentence for sentence in named if sentence))


def together(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One misconception in several functions as one finding, with the call of the first."""
    joined: dict[tuple[str, str], Finding] = {}
    for one in findings:
        alike = (one.sentence, one.call if one.kind is not FindingKind.MISCONCEPTION else "")
        first = joined.get(alike)
        if first is None:
            joined[alike] = one
        else:
            joined[alike] = msgspec.structs.replace(
                first,
                function=f"{first.function}, {one.function}",
                follows=tuple(dict.fromkeys((*first.follows, *one.follows))),
            )
    return tuple(joined.values())


def in_a_line(section: SectionOutcome) -> str:
    """What is wrong, function by function, for a cell of a table; empty without a finding."""
    return " ".join(dict.fromkeys(one.sentence for one in section.findings))


def for_the_student(section: SectionOutcome) -> str:
    """What is wrong, function by function, in plain text and without what should have come."""
    told = [_told(finding) for finding in together(section.findings)]
    return "\n".join([*told, *([section.undiagnosed] if section.undiagnosed else [])])


def _told(finding: Finding) -> str:
    shown = finding.call and finding.kind is not FindingKind.CRASH
    came = f"{finding.call} gives {finding.came}" if shown else finding.call
    lines = [finding.sentence, came, finding.misconception or finding.closest]
    return "\n".join(line for line in lines if line)
