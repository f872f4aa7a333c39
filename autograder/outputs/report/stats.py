"""The numbers of the report, worked out from the gradebook's rows."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

import msgspec

from autograder.course.predictions import WhatHappens
from autograder.diagnosis.naming import PREDICTION_TEST, failed_tests, misconceptions, together
from autograder.gradebook.records import Row
from autograder.model import Finding, GradingPackage, SectionOutcome, TestOutcome
from autograder.outputs.report.ideas import ideas
from autograder.outputs.report.rows import handed_in_at, key, sections
from autograder.outputs.report.spread import (
    WIDE_BINS,
    Distribution,
    Histogram,
    distribution,
    times,
)

ENOUGH_STUDENTS = 10
"""Fewer than this and a correlation says nothing."""
HARD_SHARE = 0.3
WEAK_DISCRIMINATION = 0.1
MAX_BEHAVIOURS = 12
"""Groups of students that are shown of each exercise, the largest first."""

Key = tuple[str, str]
"""A row of the class, as ``rows.key`` gives it."""


class TestStats(msgspec.Struct, frozen=True, kw_only=True):
    """One test over the class."""

    __test__ = False

    name: str
    title: str
    idea: str
    """What its author tells those who fail it; empty when there is nothing."""
    hidden: bool
    max_points: float
    passed: int
    count: int
    failed: tuple[Key, ...]
    """Who does not pass."""
    discrimination: float | None

    @property
    def share(self) -> float:
        """Share of those judged who pass, from 0 to 1."""
        return self.passed / self.count if self.count else 0.0

    @property
    def is_hard(self) -> bool:
        """True where few pass, and enough were judged to say so."""
        return self.count >= ENOUGH_STUDENTS and self.share < HARD_SHARE

    @property
    def is_weak(self) -> bool:
        """True where passing says little about the rest of a student's work."""
        if self.name.startswith(PREDICTION_TEST):
            return False
        weak = self.discrimination is not None and self.discrimination < WEAK_DISCRIMINATION
        return weak and 0.05 < self.share < 0.95


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Students who have something in common: a misconception, a prediction."""

    text: str
    who: tuple[Key, ...]
    mean: float
    """Mean points, in the exercise, of those students."""

    @property
    def count(self) -> int:
        """How many students."""
        return len(self.who)


class Predicted(Group, frozen=True, kw_only=True):
    """Students who predicted the same."""

    agrees: bool
    """Whether it is what happens, numbers within the exercise's band."""


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """Students whose functions answer alike, with what is wrong with these."""

    findings: tuple[Finding, ...]
    who: tuple[Key, ...]
    mean: float
    """Mean points, in the exercise, of those students."""

    @property
    def count(self) -> int:
        """How many students."""
        return len(self.who)


class ExerciseStats(msgspec.Struct, frozen=True, kw_only=True):
    """One exercise over the class."""

    name: str
    distribution: Distribution
    tests: tuple[TestStats, ...]
    misconceptions: tuple[Group, ...]
    """Students by what their answers are known to show; one of them may stand in several."""
    behaviours: tuple[Behaviour, ...]
    """Students by how their functions behave, named or not."""
    predictions: tuple[Predicted, ...]
    unanswered: int
    outcome: WhatHappens | None
    """What the prediction should have been; None when unknown."""

    @property
    def mean_share(self) -> float:
        """Mean points over the points there are, from 0 to 1."""
        return self.distribution.mean / (self.distribution.max_points or 1.0)

    @property
    def predicted_right(self) -> int:
        """How many students predicted what happens."""
        return sum(group.count for group in self.predictions if group.agrees)

    @property
    def hardest(self) -> TestStats | None:
        """The test that fewest pass, if anybody fails one; the prediction is no test of ability."""
        tests = [t for t in self.tests if not t.name.startswith(PREDICTION_TEST) and t.share < 1]
        return min(tests, key=lambda test: test.share, default=None)

    @property
    def recognised(self) -> int:
        """How many students show at least one misconception that has a name."""
        return len({who for group in self.misconceptions for who in group.who})


class LessonStats(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson over the class."""

    lesson: str
    distribution: Distribution
    times: Histogram | None
    exercises: tuple[ExerciseStats, ...]
    not_graded: int


def title_of(test_name: str) -> str:
    """``test_rows_sum_to_one`` as words; ``1_1`` is the number 1.1."""
    words = test_name.removeprefix("test_")
    return re.sub(r"(?<=\d)_(?=\d)", ".", words).replace("_", " ")


def lesson_parts(slug: str | None) -> tuple[str, str]:
    """``5-3-1-mixture-of-experts`` as people write it: 5.3.1 and Mixture of experts."""
    words = (slug or "").split("-")
    numbers = list(takewhile(str.isdigit, words))
    title = " ".join(words[len(numbers) :])
    return ".".join(numbers), f"{title[:1].upper()}{title[1:]}"


def lesson_title(slug: str | None) -> str:
    """A lesson's number and title in a line, such as ``5.3.1 Mixture of experts``."""
    return " ".join(lesson_parts(slug)).strip()


def lesson_stats(
    rows: Iterable[Row],
    packages: Mapping[str, GradingPackage],
    outcomes: Mapping[str, WhatHappens],
) -> list[LessonStats]:
    """Every lesson that somebody handed in, in the order of the packages."""
    by_lesson: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.submission.lesson is not None:
            by_lesson[row.submission.lesson].append(row)
    return [
        _lesson(package, by_lesson[lesson], outcomes)
        for lesson, package in packages.items()
        if lesson in by_lesson
    ]


def _lesson(
    package: GradingPackage, rows: Sequence[Row], outcomes: Mapping[str, WhatHappens]
) -> LessonStats:
    graded = [row for row in rows if row.outcome is not None]
    totals = [row.total or 0.0 for row in graded]
    best = max((row.outcome.max_points for row in graded if row.outcome), default=0.0)
    by_exercise: dict[str, list[tuple[Row, SectionOutcome]]] = defaultdict(list)
    for row in graded:
        for section in sections(row):
            by_exercise[section.exercise].append((row, section))
    known = ideas(package)
    return LessonStats(
        lesson=package.lesson,
        distribution=distribution(totals, best, WIDE_BINS),
        times=times([at for row in rows if (at := handed_in_at(row)) is not None]),
        exercises=tuple(
            _exercise(exercise, found, outcomes.get(exercise), known)
            for exercise, found in by_exercise.items()
        ),
        not_graded=len(rows) - len(graded),
    )


def _exercise(
    exercise: str,
    found: Sequence[tuple[Row, SectionOutcome]],
    outcome: WhatHappens | None,
    known: Mapping[tuple[str, str], str],
) -> ExerciseStats:
    points = [row.points(section) for row, section in found]
    best = max(section.max_points for _, section in found)
    named: Members = defaultdict(list)
    predicted: Members = defaultdict(list)
    for (row, section), earned in zip(found, points, strict=True):
        for sentence in misconceptions(section):
            named[sentence].append((key(row), earned))
        if section.prediction is not None:
            predicted[section.prediction].append((key(row), earned))
    return ExerciseStats(
        name=exercise,
        distribution=distribution(points, best),
        tests=_tests(found, known),
        misconceptions=_groups(named),
        behaviours=_behaviours(found, points),
        predictions=tuple(
            Predicted(
                text=one.text,
                who=one.who,
                mean=one.mean,
                agrees=outcome is not None and outcome.agrees(one.text),
            )
            for one in _groups(predicted)
        ),
        unanswered=len(found) - sum(map(len, predicted.values())),
        outcome=outcome,
    )


Members = dict[str, list[tuple[Key, float]]]


def _behaviours(
    found: Sequence[tuple[Row, SectionOutcome]], points: Sequence[float]
) -> tuple[Behaviour, ...]:
    """Students whose wrong functions answer the probes alike; those never asked, by finding."""
    members: dict[object, list[tuple[Key, float]]] = defaultdict(list)
    findings: dict[object, tuple[Finding, ...]] = {}
    for (row, section), earned in zip(found, points, strict=True):
        if failed_tests(section) and section.findings:
            missing = tuple(one.function for one in section.findings if not one.call)
            alike = (section.behaviour, missing)
            members[alike].append((key(row), earned))
            findings.setdefault(alike, together(section.findings))
    groups = [
        Behaviour(findings=findings[alike], who=tuple(who for who, _ in pairs), mean=_mean(pairs))
        for alike, pairs in members.items()
    ]
    groups.sort(key=lambda group: (-group.count, group.findings[0].sentence, group.who))
    return tuple(groups)


def _mean(pairs: Sequence[tuple[Key, float]]) -> float:
    return statistics.fmean(points for _, points in pairs)


def _groups(members: Mapping[str, Sequence[tuple[Key, float]]]) -> tuple[Group, ...]:
    groups = [
        Group(text=text, who=tuple(who for who, _ in pairs), mean=_mean(pairs))
        for text, pairs in members.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.text)))


def _tests(
    found: Sequence[tuple[Row, SectionOutcome]], known: Mapping[tuple[str, str], str]
) -> tuple[TestStats, ...]:
    results: dict[str, list[tuple[Row, TestOutcome, float]]] = defaultdict(list)
    for row, section in found:
        total = row.outcome.points if row.outcome else 0.0
        for test in section.tests:
            results[test.name].append((row, test, total))
    exercise = found[0][1].exercise
    return tuple(_test(each, known.get((exercise, name), "")) for name, each in results.items())


def _test(found: Sequence[tuple[Row, TestOutcome, float]], idea: str) -> TestStats:
    """Numbers about one test, from each row, what the test gave there, and the row's total."""
    first = found[0][1]
    passed = [test.passed for _, test, _ in found]
    rest = [total - test.points for _, test, total in found]
    return TestStats(
        name=first.name,
        title=title_of(first.name),
        idea=idea,
        hidden=first.hidden,
        max_points=first.max_points,
        passed=sum(passed),
        count=len(found),
        failed=tuple(key(row) for row, test, _ in found if not test.passed),
        discrimination=discrimination(passed, rest),
    )


def discrimination(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Correlation of passing one test with the points on all the others (point-biserial).

    Returns:
        -1 to 1, or None with too few students or no variation.
    """
    if len(passed) < ENOUGH_STUDENTS or len(set(passed)) < 2 or len(set(rest)) < 2:
        return None
    try:
        return statistics.correlation([float(one) for one in passed], rest)
    except statistics.StatisticsError:  # Points that differ by less than can be squared.
        return None
