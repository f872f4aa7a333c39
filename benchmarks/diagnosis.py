"""What a diagnosis adds to the time of a submission that loses points.

    python -m benchmarks.diagnosis [--each 6]

Prints a table. Processor time of the judge and of the student's process, with the questions and
without them in one and the same run: on a busy machine both take longer, and their ratio stays.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import psutil

from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, load_samples
from autograder.diagnosis import findings
from autograder.grading.known import with_known
from autograder.model import Notebook
from autograder.quality.check import with_answer
from autograder.sandbox import SandboxEngine
from autograder.sandbox import notebook as notebooks
from autograder.sandbox.attempt import Attempt
from benchmarks.page import table

EACH = 6
"""Wrong answers to each exercise."""


@dataclass
class Cost:
    """Processor seconds of some notebooks."""

    all: float = 0.0
    diagnosis: float = 0.0
    notebooks: int = 0

    @property
    def share(self) -> float:
        """What the diagnosis adds, relative to the time without."""
        return self.diagnosis / (self.all - self.diagnosis)

    def row(self, name: str) -> list[str]:
        """The line of a table."""
        without = (self.all - self.diagnosis) / self.notebooks
        added = self.diagnosis / self.notebooks
        return [
            name, str(self.notebooks), f"{1000 * without:.0f}", f"{1000 * added:.1f}",
            f"{100 * self.share:.1f} %",
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
    """Of this process, its children and all of theirs that have ended; in hundredths."""
    mine = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in (mine, *mine.children(recursive=True)))


class Stopwatch:
    """Processor seconds of this process and of its descendants that live, without its own."""

    def __init__(self) -> None:
        begun = time.process_time()
        self._theirs = _descendants()
        self._mine = time.process_time()
        self.looking = self._mine - begun

    def stop(self) -> float:
        """Seconds since it was made; a child that was started meanwhile counts whole."""
        mine = time.process_time()
        theirs = sum(ran - self._theirs.get(pid, 0.0) for pid, ran in _descendants().items())
        self.looking += time.process_time() - mine
        return mine - self._mine + theirs


def _descendants() -> dict[int, float]:
    """Processor seconds of each process below this one."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(OSError):
            text = Path(f"/proc/{process.pid}/schedstat").read_text()
            found[process.pid] = int(text.split()[0]) / 1e9
    return found


@contextmanager
def diagnosing_timed(cost: Callable[[], Cost]) -> Iterator[None]:
    """Add to a cost what putting the questions and comparing the answers takes."""

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            watch = Stopwatch()
            try:
                return function(*arguments, **named)
            finally:
                cost().diagnosis += watch.stop()
                cost().all -= watch.looking

        return call

    with (
        patch.object(Attempt, "ask", timed(Attempt.ask)),
        patch.object(notebooks, "diagnose", timed(findings.diagnose)),
        patch.object(notebooks, "behaviour", timed(findings.behaviour)),
    ):
        yield


def measure(lesson: Lesson, count: int) -> dict[str, Cost]:
    """Grade each losing notebook of a lesson and return what that cost, by exercise."""
    package, solution = with_known(lesson), load_built(lesson).solution
    found = {exercise: Cost() for exercise in lesson.exercises}
    now = Cost()
    with SandboxEngine() as engine, diagnosing_timed(lambda: now):
        # Templates, imports and decoding are paid once in a class.
        for notebook in (solution, *(one for _, one in losing_notebooks(lesson, 1))):
            engine.grade_notebook(package, notebook)
        # A collection of what torch leaves behind takes 0.2 s, and would fall on either side of
        # the account by chance.
        gc.freeze()
        for exercise, notebook in losing_notebooks(lesson, count):
            now = found[exercise]
            before = processor_seconds()
            engine.grade_notebook(package, notebook)
            now.all += processor_seconds() - before
            now.notebooks += 1
    return found


def together(found: dict[str, Cost]) -> Cost:
    """All exercises as one."""
    costs = found.values()
    return Cost(
        sum(one.all for one in costs),
        sum(one.diagnosis for one in costs),
        sum(one.notebooks for one in costs),
    )


@click.command(help=__doc__)
@click.option("--each", default=EACH, show_default=True, help="Wrong answers to each exercise.")
def main(each: int) -> None:
    """Measure and print."""
    found: dict[str, Cost] = {}
    for lesson in lessons().values():
        found |= measure(lesson, each)
    head = ["one wrong exercise of four", "notebooks", "ms without", "ms added", "share"]
    rows = [cost.row(f"`{exercise}`") for exercise, cost in found.items()]
    click.echo(table(head, [*rows, together(found).row("all")]))


if __name__ == "__main__":
    main()
