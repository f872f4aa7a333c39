"""What a diagnosis adds to the time of a submission that loses points.

    python -m benchmarks.diagnosis [--each 6]

Prints a table. Processor time, not the clock's, so that a busy machine does not matter much; the
two runs of a notebook, with a diagnosis and without, follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
import psutil

from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, load_samples
from autograder.grading.known import with_known
from autograder.model import GradingPackage, Notebook
from autograder.quality.check import with_answer
from autograder.sandbox import SandboxEngine
from benchmarks.page import table

EACH = 6
"""Wrong answers to each exercise."""


@dataclass
class Added:
    """Processor seconds of some notebooks without a diagnosis and with one."""

    without: float = 0.0
    with_one: float = 0.0
    notebooks: int = 0

    @property
    def share(self) -> float:
        """What the diagnosis adds, relative to the time without."""
        return self.with_one / self.without - 1

    def row(self, name: str) -> list[str]:
        """The line of a table."""
        plain, added = self.without / self.notebooks, self.with_one - self.without
        return [
            name, str(self.notebooks), f"{1000 * plain:.0f}",
            f"{1000 * added / self.notebooks:.0f}", f"{100 * self.share:.1f} %",
        ]  # fmt: skip


def spread(samples: list[SampleAnswer], count: int) -> list[SampleAnswer]:
    """Choose wrong answers evenly from the alphabet, so that nobody picks cheap ones."""
    wrong = [sample for sample in samples if sample.kind == "wrong"]
    return [wrong[at * len(wrong) // count] for at in range(min(count, len(wrong)))]


def losing_notebooks(lesson: Lesson, count: int) -> Iterator[tuple[str, Notebook]]:
    """The lesson's solution with one exercise answered wrongly, by exercise."""
    built = load_built(lesson)
    for exercise in lesson.exercises:
        for sample in spread(load_samples(exercise), count):
            yield exercise, with_answer(built.package, built.solution, sample)


def processor_seconds() -> float:
    """Of this process, its children and all of theirs that have ended."""
    mine = psutil.Process()
    total = 0.0
    for process in (mine, *mine.children(recursive=True)):
        total += sum(process.cpu_times()[:4])
    return total


def measure(lesson: Lesson, count: int) -> dict[str, Added]:
    """Grade each losing notebook of a lesson twice and return what that cost, by exercise."""
    plain, diagnosing = load_built(lesson).package, with_known(lesson)
    found = {exercise: Added() for exercise in lesson.exercises}
    with SandboxEngine() as engine:

        def cost(package: GradingPackage, notebook: Notebook) -> float:
            before = processor_seconds()
            engine.grade_notebook(package, notebook)
            return processor_seconds() - before

        for package in (plain, diagnosing):  # Templates, imports and decoding are paid once.
            engine.grade_notebook(package, load_built(lesson).solution)
        for at, (exercise, notebook) in enumerate(losing_notebooks(lesson, count)):
            added = found[exercise]
            added.notebooks += 1
            # Now one is first and now the other: what is warm by then favours neither.
            for package in (plain, diagnosing)[:: 1 if at % 2 else -1]:
                seconds = cost(package, notebook)
                if package is plain:
                    added.without += seconds
                else:
                    added.with_one += seconds
    return found


def together(found: dict[str, Added]) -> Added:
    """All exercises as one."""
    return Added(
        sum(one.without for one in found.values()),
        sum(one.with_one for one in found.values()),
        sum(one.notebooks for one in found.values()),
    )


@click.command(help=__doc__)
@click.option("--each", default=EACH, show_default=True, help="Wrong answers to each exercise.")
def main(each: int) -> None:
    """Measure and print."""
    found: dict[str, Added] = {}
    for lesson in lessons().values():
        found |= measure(lesson, each)
    head = ["one wrong exercise of four", "notebooks", "ms without", "ms added", "share"]
    rows = [added.row(f"`{exercise}`") for exercise, added in found.items()]
    click.echo(table(head, [*rows, together(found).row("all")]))


if __name__ == "__main__":
    main()
