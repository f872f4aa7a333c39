"""Test the tests: solutions pass, untouched notebooks earn nothing, wrong answers fail tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from autograder.course.lessons import lesson_of
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.model import Engine, GradingPackage, Notebook, SectionOutcome

POINTS = {"prediction": 1.0, "public": 3.0, "hidden": 6.0}
FURTHER_STYLES = 2
"""In how many further ways a mistake is written that many learners make."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One sample answer (or the solution, or the untouched notebook) after grading."""

    name: str
    kind: str
    outcome: SectionOutcome
    declared: frozenset[str] = frozenset()

    @property
    def failed(self) -> frozenset[str]:
        """Names of the tests that failed."""
        return frozenset(test.name for test in self.outcome.tests if not test.passed)


class ExerciseCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What ``autograder check`` found for one exercise."""

    exercise: str
    runs: tuple[Run, ...]
    problems: tuple[str, ...]

    @property
    def hidden_tests(self) -> tuple[str, ...]:
        """Names of the hidden tests."""
        return tuple(test.name for test in self.runs[0].outcome.tests if test.hidden)

    @property
    def wrong(self) -> tuple[Run, ...]:
        """The wrong sample answers, without further ways of writing one."""
        return tuple(run for run in self.runs if run.kind == "wrong")

    def kills(self, test: str) -> frozenset[str]:
        """Return the wrong sample answers that a test fails."""
        return frozenset(run.name for run in self.wrong if test in run.failed)

    @property
    def identified(self) -> int:
        """How many wrong sample answers have a failing pattern that no other has."""
        patterns = [run.failed for run in self.wrong]
        return sum(patterns.count(pattern) == 1 for pattern in patterns)


def check_exercise(
    exercise: str, engine: Engine, progress: Callable[[str], None] = lambda name: None
) -> ExerciseCheck:
    """Grade an exercise's solution, untouched notebook and sample answers; list what is wrong."""
    built = load_built(lesson_of(exercise), (exercise,))
    samples = load_samples(exercise)
    runs = []
    for name, kind, declared, notebook in _submissions(samples, built.package, built.solution):
        progress(f"{exercise} {name}")
        outcome = engine.grade_notebook(built.package, notebook).sections[0]
        runs.append(Run(name=name, kind=kind, outcome=outcome, declared=declared))
    checked = ExerciseCheck(exercise=exercise, runs=tuple(runs), problems=())
    return msgspec.structs.replace(checked, problems=tuple(_problems(checked, samples)))


def _submissions(
    samples: Sequence[SampleAnswer], package: GradingPackage, solution: Notebook
) -> Iterator[tuple[str, str, frozenset[str], Notebook]]:
    yield "solution", "solution", frozenset(), solution
    yield "untouched", "untouched", frozenset(), package.released
    for sample in samples:
        yield sample.name, sample.kind, sample.fails, with_answer(package, solution, sample)


def with_answer(package: GradingPackage, solution: Notebook, sample: SampleAnswer) -> Notebook:
    """Return the lesson's solution with one exercise replaced by a sample answer."""
    return fill_in(package, solution, sample.exercise, sample.source, sample.prediction)


def _problems(check: ExerciseCheck, samples: Sequence[SampleAnswer]) -> Iterator[str]:
    yield from _point_problems(check)
    for run in check.runs:
        yield from run_problems(run)
    yield from _kill_problems(check)
    correct = sum(run.kind == "correct" for run in check.runs)
    if correct < 4:
        yield f"{correct} correct sample answers; at least 4 are needed"
    if len(check.wrong) < 12:
        yield f"{len(check.wrong)} wrong sample answers; at least 12 are needed"
    yield from style_problems(samples)


def style_problems(samples: Sequence[SampleAnswer]) -> Iterator[str]:
    """Name the likely mistakes that are known in too few styles to be recognised in a class."""
    styles = Counter(sample.variant_of for sample in samples)
    for sample in samples:
        if sample.likely and styles[sample.name] < FURTHER_STYLES:
            yield (
                f"{sample.name} is likely, so at least {FURTHER_STYLES} files "
                f"also_{sample.name.removeprefix('wrong_')}_<style>.py are needed; "
                f"there are {styles[sample.name]}"
            )


def _point_problems(check: ExerciseCheck) -> Iterator[str]:
    sums = dict.fromkeys(POINTS, 0.0)
    for test in check.runs[0].outcome.tests:
        kind = "hidden" if test.hidden else "public"
        kind = "prediction" if "prediction" in test.name and not test.hidden else kind
        sums[kind] += test.max_points
    for kind, wanted in POINTS.items():
        if abs(sums[kind] - wanted) > 1e-9:
            yield f"{kind} tests are worth {sums[kind]:g} points, not {wanted:g}"


def run_problems(run: Run) -> Iterator[str]:
    """Say where one graded answer does not do what its file declares."""
    if run.kind in ("solution", "correct") and run.failed:
        reasons = "; ".join(
            f"{test.name}: {test.detail}" for test in run.outcome.tests if not test.passed
        )
        events = " ".join(event.sentence for event in run.outcome.events)
        yield f"{run.name} must earn all points but fails {reasons} {events}".rstrip()
    if run.kind == "untouched" and run.outcome.points:
        passed = ", ".join(test.name for test in run.outcome.tests if test.passed)
        yield f"the untouched notebook earns points from {passed}"
    if run.kind in ("wrong", "also") and run.failed != run.declared:
        yield (f"{run.name} declares fails {_names(run.declared)} but fails {_names(run.failed)}")


def _names(names: frozenset[str]) -> str:
    return f"[{', '.join(sorted(names))}]"


def _kill_problems(check: ExerciseCheck) -> Iterator[str]:
    seen: dict[frozenset[str], str] = {}
    for test in check.hidden_tests:
        kills = check.kills(test)
        if not kills:
            yield f"hidden test {test} catches no wrong sample answer"
        elif kills in seen:
            yield f"hidden tests {seen[kills]} and {test} catch the same wrong sample answers"
        seen.setdefault(kills, test)
    public = {test.name for test in check.runs[0].outcome.tests if not test.hidden}
    if check.wrong and not any(run.failed and not run.failed & public for run in check.wrong):
        yield "no wrong sample answer passes all public tests"
