"""Answers that behave alike: what an instructor looks at together and marks together."""

from __future__ import annotations

import hashlib
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from autograder.diagnosis.naming import failed_tests, in_a_line
from autograder.gradebook.records import Row
from autograder.model import SectionOutcome
from autograder.outputs.report.stats import title_of

ALL_PASSED = "Every test passed"
NOTHING_PASSED = "No test of the code passed"
UNNAMED = "Behaviour without a name"
FEW = 3
"""So many failed tests are named in a title."""


class Answer(NamedTuple):
    """One student's exercise."""

    row: Row
    section: SectionOutcome

    @property
    def points(self) -> float:
        """The exercise's points: what a person decided, else what was computed."""
        return self.row.points(self.section)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Students whose functions behave alike, by name."""

    id: str
    title: str
    failed: tuple[str, ...]
    """Titles of the tests that they fail."""
    answers: tuple[Answer, ...]

    @property
    def mean(self) -> float:
        """Mean points of these students in the exercise."""
        return statistics.fmean(answer.points for answer in self.answers)

    @property
    def by_hand(self) -> int:
        """How many of them a person has decided."""
        return sum(
            answer.row.adjustment(answer.section.exercise) is not None for answer in self.answers
        )

    @property
    def representative(self) -> Answer:
        """The answer that stands for the group: the first by name."""
        return self.answers[0]


def groups_of(answers: Iterable[Answer]) -> list[Group]:
    """The groups of one exercise, the largest first; who passed everything stands last.

    Of groups of one size that which fails most stands first. Points given by hand move no group,
    so that the order stays while somebody marks.

    Answers are together that fail the same tests with the same diagnosis and, where their
    functions were asked the diagnosis' questions, answer these alike.
    """
    together: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        together[_key(answer.section)].append(answer)
    groups = _apart([_group(key, members) for key, members in together.items()])
    return sorted(
        groups, key=lambda one: (not one.failed, -len(one.answers), -len(one.failed), one.id)
    )


def _apart(groups: list[Group]) -> list[Group]:
    """Groups of one title told apart by what they fail: a belief can go wrong in two ways."""
    alike: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        alike[group.title].append(group)
    return [
        msgspec.structs.replace(
            group, title=f"{group.title.rstrip('.')}. {_apart_by(group, others)}"
        )
        if (others := [set(one.failed) for one in alike[group.title] if one is not group])
        else group
        for group in groups
    ]


def _apart_by(group: Group, others: Sequence[set[str]]) -> str:
    """What this group fails that another one of its title does not."""
    if own := [test for test in group.failed if not all(test in failed for failed in others)]:
        return f"Here it fails {_listed(own)}."
    if set(group.failed) in others:
        return "The same tests fail, with other results."
    return f"Here it fails only {_listed(group.failed)}."


def _listed(tests: Sequence[str]) -> str:
    return "; ".join(tests) if len(tests) <= FEW else f"{len(tests)} tests"


def _unnamed(failed: Sequence[str], tests: int) -> str:
    """What to call answers whose behaviour has no name; of many failures only the number."""
    if len(failed) >= tests - 1:  # An unanswered prediction is no failure of the code.
        return NOTHING_PASSED
    return f"{UNNAMED}: fails {_listed(failed)}"


def _key(section: SectionOutcome) -> str:
    failed = sorted(failed_tests(section))
    if not failed:
        return ""
    findings = [(one.function, one.kind, one.sentence) for one in section.findings]
    parts = repr((section.behaviour, findings, failed))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:12]


def _group(key: str, members: Sequence[Answer]) -> Group:
    ordered = sorted(members, key=lambda one: (one.row.student.name.casefold(), one.row.student.id))
    section = ordered[0].section
    failed = tuple(sorted(map(title_of, failed_tests(section))))
    title = in_a_line(section) or _unnamed(failed, len(section.tests))
    return Group(
        id=key or "passed",
        title=title if failed else ALL_PASSED,
        failed=failed,
        answers=tuple(ordered),
    )
