"""The command line. Heavy imports stay inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from autograder.check import ExerciseCheck
    from autograder.model import Engine

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder that `autograder grade` wrote.",
)
F = TypeVar("F", bound=Callable[..., Any])


def plain_errors(command: F) -> F:
    """Turn the errors that people can mend into one sentence and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (ValueError, OSError) as error:
            click.echo(f"autograder: {error}", err=True)
            sys.exit(2)

    return run  # type: ignore[return-value]


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="scaling-autograder")
def main() -> None:
    """Build and grade the notebooks of Module 5.3, Scaling Architecture.

    \b
    Instructors start here:
        autograder build
        autograder grade submissions/ --out marks/
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@main.command()
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
    from autograder.build.outputs import build_lesson, solution_release
    from autograder.lessons import find_lesson, lessons
    from autograder.packages import write_whole

    chosen = [find_lesson(name) for name in names] or list(lessons().values())
    problems: list[str] = []
    for lesson in chosen:
        report = build_lesson(lesson, only_check)
        problems += report.problems
        state = "PROBLEM" if report.problems else ("current" if only_check else "built")
        click.echo(
            f"{state:8} {report.notebook}  ({len(lesson.stems)} exercises, {report.cells} cells)"
        )
        if release_solutions and not report.problems:
            path, content = solution_release(lesson)
            write_whole(path, content)
            click.echo(f"released {path}")
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(1 if problems else 0)


@main.command()
@click.argument("stems", nargs=-1, metavar="[STEM]...")
@click.option("--suggest", is_flag=True, help="Print the fails line each wrong submission needs.")
@click.option(
    "--engine",
    type=click.Choice(["sandbox", "in-process"]),
    default="in-process",
    help="What runs the bank. It is our own code, so the default takes the quick way.",
)
@plain_errors
def check(stems: tuple[str, ...], suggest: bool, engine: str) -> None:
    """Prove that the tests of each exercise tell right from wrong.

    \b
    Example:
        autograder check router moe_layer
    """
    from autograder.check import check_exercise
    from autograder.lessons import all_stems

    failed = False
    runner = _engine(engine)
    try:
        for stem in stems or all_stems():
            checked = check_exercise(stem, runner)
            _print_check(checked, suggest)
            failed = failed or bool(checked.problems)
    finally:
        runner.close()
    sys.exit(1 if failed else 0)


def _engine(name: str) -> Engine:
    if name == "sandbox":
        from autograder.sandbox import SandboxEngine

        return SandboxEngine()
    from autograder.inprocess import InProcessEngine

    return InProcessEngine()


def _print_check(checked: ExerciseCheck, suggest: bool) -> None:
    for run in checked.runs:
        click.echo(
            f"{checked.stem:24} {run.name:44} {run.outcome.points:4g}/{run.outcome.max_points:g}"
            f" {run.outcome.seconds:6.2f} s  " + " ".join(sorted(run.failed))
        )
        if suggest and run.kind == "wrong":
            click.echo(f"    fails: [{', '.join(sorted(run.failed))}]")
        for test in run.outcome.tests:
            if suggest and not test.passed and run.kind != "untouched":
                click.echo(f"      {test.name}: {test.detail[:160]}")
    click.echo(
        f"{checked.stem}: {len(checked.hidden_tests)} hidden tests, {len(checked.wrong)} wrong, "
        f"{checked.identified} identified by their pattern, {len(checked.problems)} problems"
    )
    for problem in checked.problems:
        click.echo(f"PROBLEM {checked.stem}: {problem}")


if __name__ == "__main__":
    main()
