"""What deserves the instructor's first minutes, each with where the report shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.outputs.report.stats import ExerciseStats, LessonStats

ENOUGH_FOR_HINTS = 30
"""With fewer students a weak discrimination is mostly chance: shown, but not pointed at."""
COMMON_SHARE = 0.1
"""A misconception that this share of the class has deserves a minute of the next lecture."""
WORDS = {
    "refused": ("submission could not be graded", "submissions could not be graded", "trouble"),
    "missing": ("student has not handed in", "students have not handed in", "missing"),
    "untouched": (
        "notebook was handed in as released: unsaved work?",
        "notebooks were handed in as released: unsaved work?",
        "untouched",
    ),
    "troubled": ("submission had problems running", "submissions had problems running", "trouble"),
    "late": ("submission was handed in late", "submissions were handed in late", "table"),
    "alike": ("pair with nearly the same code", "pairs with nearly the same code", "alike"),
}
"""What is counted to how it reads for one and for several, and the section that shows it."""
FIRST = ("refused", "missing", "untouched", "troubled")
LAST = ("late", "alike")


class Hint(NamedTuple):
    """One line of "Look here first"."""

    text: str
    anchor: str


def first_hints(book: Gradebook, rows: Sequence[Row]) -> list[Hint]:
    """What may make a total wrong comes before everything else."""
    found = [
        Hint(f"{lesson}: {count} still have the points that earlier tests gave", "table")
        for lesson, count in book.mixed_tests().items()
    ]
    if held := sum(len(row.on_hold) for row in rows):
        given = f"{held} hand mark{'s were' if held > 1 else ' was'} given for an earlier attempt"
        found.append(
            Hint(f"{given}: the tests count until you confirm with adjust --keep", "table")
        )
    return found


def hints(counts: Mapping[str, int], lessons: Sequence[LessonStats]) -> list[Hint]:
    """The hints, most urgent first.

    Args:
        counts: how many there are of each entry of ``WORDS``.
        lessons: the numbers of each lesson.
    """
    of_exercises = [
        Hint(text, f"exercise-{exercise.name}")
        for lesson in lessons
        for exercise in lesson.exercises
        for text in _of_tests(exercise) + _of_misconceptions(exercise)
    ]
    return [*_counted(counts, FIRST), *of_exercises, *_counted(counts, LAST)]


def _counted(counts: Mapping[str, int], which: Sequence[str]) -> list[Hint]:
    return [
        Hint(f"{counts[name]} {WORDS[name][counts[name] > 1]}", WORDS[name][2])
        for name in which
        if counts[name]
    ]


def _of_tests(exercise: ExerciseStats) -> list[str]:
    """The hardest test of an exercise, and how many tests tell nothing."""
    found = []
    hard = sorted((test for test in exercise.tests if test.is_hard), key=lambda test: test.share)
    if hard:
        others = ""
        if hard[1:]:
            others = f", and {len(hard) - 1} other{'s are' if hard[2:] else ' is'} hard"
        share = round(100 * hard[0].share)
        title = f"\N{LEFT DOUBLE QUOTATION MARK}{hard[0].title}\N{RIGHT DOUBLE QUOTATION MARK}"
        found.append(f"{exercise.name}: only {share} % pass {title}{others}")
    weak = [test for test in exercise.tests if test.is_weak and test.count >= ENOUGH_FOR_HINTS]
    if weak:
        tell = "tests hardly tell" if weak[1:] else "test hardly tells"
        found.append(f"{exercise.name}: {len(weak)} {tell} strong from weak work")
    return found


def _of_misconceptions(exercise: ExerciseStats) -> list[str]:
    """The commonest misconception, where it is common."""
    enough = max(2.0, COMMON_SHARE * exercise.distribution.count)
    return [
        f"{exercise.name}: {group.count} students share a misconception. {group.text}"
        for group in exercise.misconceptions[:1]
        if group.count >= enough
    ]
