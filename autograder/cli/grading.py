"""``grade``, ``regrade`` and ``watch``: commands that run notebooks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.command import (
    AS_JSON,
    CLASS,
    JOBS,
    OUT,
    QUIET,
    ROSTER,
    SCHEDULER,
    PagesAhead,
    plain_errors,
    publish_pages,
)
from autograder.errors import InvalidInput

if TYPE_CHECKING:
    from autograder.grading.grade import ClassResult, Options
    from autograder.intake import Intake


class PositiveNumber(click.FloatRange):
    """A finite number above 0; click's own range lets ``nan`` through."""

    def __init__(self) -> None:
        super().__init__(min=0, max=float("inf"), min_open=True, max_open=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number, or say that it is none."""
        number = float(super().convert(value, param, ctx))
        return self.fail(f"{value} is not a number.", param, ctx) if isnan(number) else number


POSITIVE = PositiveNumber()


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@OUT
@JOBS
@SCHEDULER
@click.option("--resume/--fresh", default=True, help="Keep (default) or redo what is graded.")
@click.option(
    "--policy",
    type=click.Choice(["latest", "best", "first"]),
    help="Which of a student's attempts counts; latest by default.",
)
@ROSTER
@CLASS
@click.option(
    "--missing",
    type=click.Choice(["keep", "drop"]),
    help="What to do with submissions graded before that the folder no longer has.",
)
@click.option(
    "--layout",
    default="",
    metavar="NAME",
    help="How the class is laid out, if it was not recognised: gradescope, canvas, moodle, "
    "brightspace, blackboard, nbgrader, classroom, folders or files.",
)
@click.option(
    "--deadline",
    type=POSITIVE,
    metavar="SECONDS",
    help="Time for one submission.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a student's code may use, such as cell_seconds=60 or memory_bytes=4e9.",
)
@QUIET
@AS_JSON
@plain_errors
def grade(
    paths: tuple[Path, ...],
    out: Path,
    jobs: int,
    scheduler: str,
    resume: bool,
    policy: Any,
    layout: str,
    roster: Path | None,
    class_file: Path | None,
    missing: Any,
    deadline: float | None,
    limits: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Grade notebooks, folders, zips, or what a platform lets you download.

    Nothing is graded twice: run the same command again after an interruption and it goes on.
    Exit code 1 means that something handed in could not be graded; the reasons are printed.

    \b
    Examples:
        autograder grade submissions/ --out marks/
        autograder grade gradescope_export.zip --out marks/ --policy best
        autograder grade submissions/ --out marks/ --fresh --limit cell_seconds=60
    """
    from autograder.grading.grade import DEFAULTS, Options

    options = Options(
        jobs=jobs,
        scheduler=scheduler,
        fresh=not resume,
        policy=policy,
        layout=layout,
        class_file=class_file,
        roster=roster,
        on_missing=missing or "stop",
        deadline_seconds=DEFAULTS.deadline_seconds if deadline is None else deadline,
        limits=parse_limits(limits),
    )
    _check_given(paths, layout)
    result = _graded(paths, out, options, quiet or as_json)
    if as_json:
        from autograder.cli.terminal import summary_json

        click.echo(json.dumps(summary_json(result, out), indent=2))
    sys.exit(result.exit_code)


def _check_given(paths: Iterable[Path], layout: str) -> None:
    """Refuse, before anything is built, what cannot be read.

    Raises:
        ValueError: a path does not exist, or there is no such layout.
    """
    from autograder.intake.layouts import by_name

    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        raise InvalidInput(f"PATH: there is no {', '.join(absent)}; nothing was graded")
    if layout:
        by_name(layout)


def _graded(paths: tuple[Path, ...], out: Path, options: Options, silent: bool) -> ClassResult:
    """Grade, telling the terminal what is found and how far it is, and write the pages."""
    import msgspec
    from rich.console import Console

    from autograder.cli.terminal import print_intake, print_summary, progress_bar
    from autograder.grading.grade import grade_class
    from autograder.grading.known import packages_with_known

    console = Console(quiet=silent)
    packages = packages_with_known(console.print)
    ahead = PagesAhead()

    def on_intake(intake: Intake) -> None:
        print_intake(console, intake)
        lessons = {one.lesson for one in intake.submissions if one.lesson}
        ahead.released += [packages[lesson].released for lesson in sorted(lessons)]

    options = msgspec.structs.replace(options, on_ready=ahead.begin)
    with progress_bar(console) as on_progress:
        result = grade_class(paths, out, packages, options, on_intake, on_progress)
    ahead.end()
    publish_pages(out, options.jobs, result.rows)
    print_summary(console, result, out)
    return result


@click.command()
@OUT
@JOBS
@SCHEDULER
@click.option(
    "--apply", "apply_", is_flag=True, help="Let these points count; without it, only show."
)
@AS_JSON
@plain_errors
def regrade(out: Path, jobs: int, scheduler: str, apply_: bool, as_json: bool) -> None:
    """Replay stored submissions under the current tests and show who moves.

    \b
    Examples:
        autograder regrade --out marks/
        autograder regrade --out marks/ --apply
    """
    import msgspec
    from rich.console import Console

    from autograder.cli.terminal import print_regrade, progress_bar
    from autograder.grading.grade import Options
    from autograder.grading.known import packages_with_known
    from autograder.grading.regrade import regrade as replay

    console = Console(quiet=as_json)
    packages = packages_with_known(console.print)
    with progress_bar(console) as on_progress:
        options = Options(jobs=jobs, scheduler=scheduler)
        result = replay(out, packages, options, apply_, on_progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result)).decode())
    else:
        print_regrade(Console(), result)
    if apply_:
        publish_pages(out, jobs)


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="Check once and end; exit code 1 if a test fails.")
@plain_errors
def watch(notebook: Path, once: bool) -> None:
    """Run a notebook's public tests again on each save.

    Shows for each exercise how many pass, and what the first failing one says.

    \b
    Example:
        autograder watch 5-3-1-mixture-of-experts.ipynb
    """
    from autograder.cli.watch import watch_notebook

    sys.exit(watch_notebook(notebook, once))


def parse_limits(pairs: Iterable[str]) -> dict[str, int | float]:
    """Read limits written as NAME=VALUE, such as ``cell_seconds=60`` or ``memory_bytes=4e9``.

    Raises:
        ValueError: no such limit, or not a positive number; the message lists the limits.
    """
    from msgspec.structs import fields

    from autograder.sandbox.limits import Limits

    kinds = {field.name: type(field.default) for field in fields(Limits)}
    found: dict[str, int | float] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in kinds:
            raise InvalidInput(f"--limit {pair}: there is no {name}; choose of {', '.join(kinds)}")
        try:
            found[name] = kinds[name](POSITIVE(text))
            POSITIVE(found[name])  # Half a cell is positive, and no cell.
        except click.BadParameter:
            raise InvalidInput(
                f"--limit {pair}: {text or 'nothing'} is not a positive number"
            ) from None
    return found
