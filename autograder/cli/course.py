"""``build``, ``check``, ``new`` and ``bank``: commands for those who write the course."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from autograder.cli.command import OUT, plain_errors


@click.command()
@click.argument("names", nargs=-1, metavar="[LESSON]...")
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; fail on any difference or leak."
)
@click.option("--release-solutions", is_flag=True, help="Also write the after-deadline notebooks.")
@plain_errors
def build(names: tuple[str, ...], only_check: bool, release_solutions: bool) -> None:
    """Make the student notebooks and the autograder zips.

    \b
    Examples:
        autograder build
        autograder build 5-3-2 --check
    """
    from autograder.course.build import build_lesson
    from autograder.course.lessons import find_lesson, lessons
    from autograder.course.release import release, release_path
    from autograder.files import write_whole
    from autograder.grading.known import with_known

    chosen = [find_lesson(name) for name in names] or list(lessons().values())
    problems: list[str] = []
    for lesson in chosen:
        report = build_lesson(lesson, only_check, lambda one: with_known(one, click.echo))
        problems += report.problems
        state = "PROBLEM" if report.problems else ("current" if only_check else "built")
        click.echo(
            f"{state:8} {report.notebook}  "
            f"({len(lesson.exercises)} exercises, {report.cells} cells)"
        )
        if release_solutions and not report.problems:
            write_whole(release_path(lesson), release(lesson))
            click.echo(f"released {release_path(lesson)}")
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


@click.command()
@click.argument("exercises", nargs=-1, metavar="[EXERCISE]...")
@click.option(
    "--suggest", is_flag=True, help="Print the fails line each wrong sample answer needs."
)
@click.option("--mutants", is_flag=True, help="Also mutate each solution and grade every mutant.")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the tables of docs/ into this folder (implies --mutants, all exercises).",
)
@click.option(
    "--engine",
    type=click.Choice(["sandbox", "in-process"]),
    default="in-process",
    help="What runs the sample answers; they are our own code, so the default takes the quick "
    "way. Mutants always run in the sandbox, since some loop for ever.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    help="Also judge each correct sample answer on so many shifted seeds; --write does 20.",
)
@plain_errors
def check(
    exercises: tuple[str, ...],
    suggest: bool,
    mutants: bool,
    folder: Path | None,
    engine: str,
    seeds: int | None,
) -> None:
    """Check that the tests of each exercise tell right from wrong.

    \b
    Examples:
        autograder check router moe_layer
        autograder check --mutants
        autograder check rope --seeds 1000
    """
    from autograder.quality.command import check_command

    sys.exit(check_command(exercises, suggest, mutants, folder, engine, seeds))


@click.command()
@click.argument("lesson")
@click.argument("exercise")
@plain_errors
def new(lesson: str, exercise: str) -> None:
    """Write the files of a new exercise, which fail their check until filled in.

    \b
    Example:
        autograder new 5-3-3 gradient_checkpointing
    """
    from autograder.course.new import new_exercise

    for path in new_exercise(lesson, exercise):
        click.echo(f"wrote {path}")
    click.echo(f"Fill them in, then run: autograder check {exercise}")


@click.group()
def bank() -> None:
    """Work on the sample answers that test the tests.

    \b
    Example:
        autograder bank add ada-lovelace router --out marks/
    """


@bank.command()
@click.argument("submission")
@click.argument("exercise")
@OUT
@plain_errors
def add(submission: str, exercise: str, out: Path) -> None:
    """Make a sample answer from a class's wrong answer, with its failed tests filled in.

    \b
    Example:
        autograder bank add ada-lovelace router --out marks/
    """
    from autograder.quality.new_sample import draft_sample

    path = draft_sample(out, submission, exercise)
    click.echo(f"wrote {path}")
    click.echo(f"Write its two sentences, give it a name, then run: autograder check {exercise}")
