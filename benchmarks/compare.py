"""Measure the grader beside its peers, on the same notebooks, in one run.

    python -m benchmarks.compare [--quick] [--peers 2] [--growth 10,100,1000,10000]

Writes docs/benchmarks.md and docs/benchmarks.svg, or with --quick the same two into out/benchmarks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from autograder.course.lessons import Lesson, lessons
from benchmarks import graders
from benchmarks.classes import small_ones, write_class
from benchmarks.cost import ROOT, Cost, run, watching
from benchmarks.page import IMPORT, page, plot
from benchmarks.profile import profile

Grader = Callable[[Path, Lesson, int, int, bool], Cost]
GRADERS: dict[str, tuple[Grader, int, int]] = {
    "autograder grade": (graders.ours, 1, 100),
    "autograder grade, 2": (graders.ours, 2, 100),
    "otter run": (graders.otter_run, 1, 4),
    "otter run, 2": (graders.otter_run, 2, 4),
    "nbgrader autograde": (graders.nbgrader, 1, 8),
    "floor": (graders.floor, 1, 40),
}
"""Each grader, how many notebooks it grades at a time, and how many in all.

`otter run` costs the same for each notebook; the others start once for all of them.
"""


def measure(lesson: Lesson, ours: int, others: int) -> dict[str, Cost]:
    """Return what one submission of a lesson costs with each grader.

    Args:
        lesson: the lesson.
        ours: this grader gets one in so many notebooks.
        others: and each of the others one in so many of its own.
    """
    found = {}
    for name, (grader, jobs, whole) in GRADERS.items():
        count = -(-whole // (ours if grader is graders.ours else others))
        with tempfile.TemporaryDirectory() as folder:
            cost = grader(Path(folder), lesson, count, jobs, False)
        each = replace(
            cost,
            seconds=cost.seconds / count,
            cpu_seconds=cost.cpu_seconds / count,
            graded=count,
        )
        found[name] = each
        click.echo(f"  {name}: {each.seconds:.3f} s, {each.cpu_seconds:.3f} CPU s ({count} graded)")
    return found


def measure_memory(lesson: Lesson, count: int) -> dict[str, Cost]:
    """Watch memory while each grader grades, one and two at a time."""
    found = {}
    for name in ("autograder grade", "autograder grade, 2", "otter run", "nbgrader autograde"):
        grader, jobs, _ = GRADERS[name]
        with tempfile.TemporaryDirectory() as folder:
            found[name] = grader(Path(folder), lesson, count, jobs, True)
        cost = found[name]
        click.echo(f"  {name}: {cost.together_mb:.0f} MB, confined {cost.confined_mb:.0f} MB")
    return found


def measure_growth(lesson: Lesson, sizes: list[int]) -> dict[int, Cost]:
    """Grade ever larger classes of small submissions, two at a time."""
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_class(Path(folder) / "class", small_ones(lesson, size))
            found[size] = graders.grade_folder(Path(folder), 2, memory=True)
        cost = found[size]
        click.echo(f"  {size} submissions: {cost.seconds:.1f} s, {cost.together_mb:.0f} MB")
    return found


def middle_of_five(take: Callable[[], float]) -> float:
    """Return the middle of five measurements."""
    return sorted(take() for _ in range(5))[2]


def command_seconds(*command: str) -> float:
    """Return what a command takes."""
    with watching() as watch:
        run(list(command), ROOT)
    return watch.cost.seconds


def alone_seconds(lesson: Lesson) -> float:
    """Return what `autograder grade` takes for one notebook, pages included."""
    with tempfile.TemporaryDirectory() as folder:
        return graders.ours(Path(folder), lesson, 1, 1).seconds


def measure_alone(chosen: list[Lesson]) -> dict[str, float]:
    """Return seconds of what somebody waits for who grades one notebook, medians of five."""
    taken = {
        IMPORT: middle_of_five(lambda: command_seconds(graders.PYTHON, "-c", "import torch")),
        **{
            lesson.slug: middle_of_five(lambda lesson=lesson: alone_seconds(lesson))  # type: ignore[misc]
            for lesson in chosen
        },
    }
    for name, seconds in taken.items():
        click.echo(f"  {name}: {seconds:.2f} s")
    return taken


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="One lesson and few submissions, to see that it works.")
@click.option(
    "--peers", default=1, show_default=True, help="Give the others one in so many notebooks."
)
@click.option("--growth", default="10,100,1000", show_default=True, help="Sizes of classes.")
def main(quick: bool, peers: int, growth: str) -> None:
    """Measure and write the page."""
    chosen = list(lessons().values())[1:2] if quick else list(lessons().values())
    per_lesson = {}
    for lesson in chosen:
        click.echo(lesson.slug)
        per_lesson[lesson.slug] = measure(lesson, *((16, 16) if quick else (1, peers)))
    click.echo("memory")
    memory = measure_memory(chosen[-1], 2 if quick else 4)
    click.echo("growth")
    sizes = [10] if quick else [int(size) for size in growth.split(",")]
    grown = measure_growth(lessons()[chosen[0].slug], sizes)
    click.echo("one notebook")
    alone = measure_alone(chosen)
    profiles = {lesson.slug: profile(lesson, 2 if quick else 20) for lesson in chosen}
    program = str(Path(graders.PYTHON).parent / "autograder")
    start = middle_of_five(lambda: command_seconds(program, "--help"))
    folder = ROOT / "out/benchmarks" if quick else ROOT / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.svg").write_bytes(plot(per_lesson))
    (folder / "benchmarks.md").write_text(page(per_lesson, memory, grown, alone, profiles, start))
    click.echo(f"{folder / 'benchmarks.md'}")


if __name__ == "__main__":
    main()
