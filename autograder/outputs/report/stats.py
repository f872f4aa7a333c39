"""The numbers of the report, worked out from the gradebook's rows."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

import msgspec

from autograder.course.misconceptions import PREDICTION_TEST, Explain, misconception
from autograder.gradebook.records import Row
from autograder.model import GradingPackage, SectionOutcome, TestOutcome

HISTOGRAM_BINS = 10
ENOUGH_STUDENTS = 10
"""Fewer than this and a correlation says nothing."""
HARD_SHARE = 0.3
WEAK_DISCRIMINATION = 0.1


class Bin(msgspec.Struct, frozen=True):
    """One bar of a histogram."""

    low: float
    high: float
    count: int


class Distribution(msgspec.Struct, frozen=True):
    """How marks spread."""

    bins: tuple[Bin, ...]
    max_points: float
    count: int
    mean: float
    median: float

    @property
    def tallest(self) -> int:
        return max((bar.count for bar in self.bins), default=0)


class TestStats(msgspec.Struct, frozen=True):
    """One test over the class."""

    __test__ = False

    name: str
    title: str
    hidden: bool
    max_points: float
    passed: int
    count: int
    discrimination: float | None

    @property
    def share(self) -> float:
        return self.passed / self.count if self.count else 0.0

    @property
    def is_hard(self) -> bool:
        return self.count >= ENOUGH_STUDENTS and self.share < HARD_SHARE

    @property
    def is_weak(self) -> bool:
        if self.name.startswith(PREDICTION_TEST):
            return False
        weak = self.discrimination is not None and self.discrimination < WEAK_DISCRIMINATION
        return weak and 0.05 < self.share < 0.95


class Said(msgspec.Struct, frozen=True):
    """Something several students share: a misconception or a prediction."""

    text: str
    count: int
    mean: float
    """Mean marks, in the exercise, of those students."""


class ExerciseStats(msgspec.Struct, frozen=True):
    """One exercise over the class."""

    name: str
    distribution: Distribution
    tests: tuple[TestStats, ...]
    misconceptions: tuple[Said, ...]
    predictions: tuple[Said, ...]
    unanswered: int
    outcome: str
    """What the prediction should have been; empty when unknown."""

    @property
    def mean_share(self) -> float:
        return self.distribution.mean / (self.distribution.max_points or 1.0)

    @property
    def hardest(self) -> TestStats | None:
        """The test that fewest pass, if anybody fails one; the prediction is no test of ability."""
        tests = [t for t in self.tests if not t.name.startswith(PREDICTION_TEST) and t.share < 1]
        return min(tests, key=lambda test: test.share, default=None)

    @property
    def recognised(self) -> int:
        return sum(one.count for one in self.misconceptions)


class LessonStats(msgspec.Struct, frozen=True):
    """One lesson over the class."""

    lesson: str
    distribution: Distribution
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
    return " ".join(lesson_parts(slug)).strip()


def lesson_stats(
    rows: Iterable[Row],
    packages: Mapping[str, GradingPackage],
    explain: Explain,
    outcomes: Mapping[str, str],
) -> list[LessonStats]:
    by_lesson: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.submission.lesson is not None:
            by_lesson[row.submission.lesson].append(row)
    return [
        _lesson(lesson, by_lesson[lesson], explain, outcomes)
        for lesson in packages
        if lesson in by_lesson
    ]


def _lesson(
    lesson: str, rows: Sequence[Row], explain: Explain, outcomes: Mapping[str, str]
) -> LessonStats:
    graded = [row for row in rows if row.outcome is not None]
    totals = [row.total or 0.0 for row in graded]
    best = max((row.outcome.max_points for row in graded if row.outcome), default=0.0)
    by_exercise: dict[str, list[tuple[Row, SectionOutcome]]] = defaultdict(list)
    for row in graded:
        for section in row.outcome.sections if row.outcome else ():
            by_exercise[section.exercise].append((row, section))
    exercises = tuple(
        _exercise(exercise, found, explain, outcomes.get(exercise, ""))
        for exercise, found in by_exercise.items()
    )
    return LessonStats(lesson, distribution(totals, best), exercises, len(rows) - len(graded))


def _exercise(
    exercise: str, found: Sequence[tuple[Row, SectionOutcome]], explain: Explain, outcome: str
) -> ExerciseStats:
    marks = [row.points(section) for row, section in found]
    best = max(section.max_points for _, section in found)
    wrong: dict[str, list[float]] = defaultdict(list)
    predicted: dict[str, list[float]] = defaultdict(list)
    for (_, section), points in zip(found, marks, strict=True):
        if (sentence := misconception(section, explain)) is not None:
            wrong[sentence].append(points)
        if section.prediction is not None:
            predicted[section.prediction].append(points)
    answered = sum(map(len, predicted.values()))
    return ExerciseStats(
        exercise, distribution(marks, best), _tests(found), _said(wrong), _said(predicted),
        len(found) - answered, outcome,
    )  # fmt: skip


def _said(groups: Mapping[str, Sequence[float]]) -> tuple[Said, ...]:
    said = [Said(text, len(marks), statistics.fmean(marks)) for text, marks in groups.items()]
    return tuple(sorted(said, key=lambda one: (-one.count, one.text)))


def _tests(found: Sequence[tuple[Row, SectionOutcome]]) -> tuple[TestStats, ...]:
    results: dict[str, list[tuple[TestOutcome, float]]] = defaultdict(list)
    for row, section in found:
        computed = row.outcome.points if row.outcome else 0.0
        for test in section.tests:
            results[test.name].append((test, computed - test.points))
    return tuple(_test(name, pairs) for name, pairs in results.items())


def _test(name: str, pairs: Sequence[tuple[TestOutcome, float]]) -> TestStats:
    passed = [test.passed for test, _ in pairs]
    first = pairs[0][0]
    return TestStats(
        name, title_of(name), first.hidden, first.max_points, sum(passed), len(pairs),
        point_biserial(passed, [rest for _, rest in pairs]),
    )  # fmt: skip


def point_biserial(passed: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Correlation of passing one test with the marks on all the others.

    Returns:
        -1 to 1, or None with too few students or no variation.
    """
    if len(passed) < ENOUGH_STUDENTS or len(set(passed)) < 2:
        return None
    deviation = statistics.pstdev(rest)
    if deviation == 0:
        return None
    share = sum(passed) / len(passed)
    mean_passed = statistics.fmean(r for p, r in zip(passed, rest, strict=True) if p)
    mean_failed = statistics.fmean(r for p, r in zip(passed, rest, strict=True) if not p)
    return (mean_passed - mean_failed) / deviation * math.sqrt(share * (1 - share))


def distribution(marks: Sequence[float], max_points: float) -> Distribution:
    """Ten bars of equal width; the last includes full marks."""
    width = (max_points or 1.0) / HISTOGRAM_BINS
    counts = Counter(min(max(int(mark / width), 0), HISTOGRAM_BINS - 1) for mark in marks)
    bins = tuple(
        Bin(index * width, (index + 1) * width, counts[index]) for index in range(HISTOGRAM_BINS)
    )
    return Distribution(
        bins,
        max_points,
        len(marks),
        statistics.fmean(marks) if marks else 0.0,
        statistics.median(marks) if marks else 0.0,
    )
