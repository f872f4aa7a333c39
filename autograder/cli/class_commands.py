"""Commands about a class: grade, regrade, adjust, report, export, doctor.

Only click is imported here; each command imports what it needs when it runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from autograder.course.misconceptions import explainer

if TYPE_CHECKING:
    pass

F = TypeVar("F", bound=Callable[..., Any])

OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The folder that `autograder grade` writes or wrote.",
)
JOBS = click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Workers; 0 (default) is one per core."
)
SCHEDULER = click.option(
    "--scheduler", default="", metavar="ADDR", help="A Dask scheduler such as tcp://host:8786."
)
QUIET = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def plain_errors(command: F) -> F:
    """Turn the errors that people can mend into one sentence and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            click.echo(
                "autograder: stopped. Nothing is lost: run the same command again.", err=True
            )
            sys.exit(1)
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            click.echo(f"autograder: {place}{error.strerror or error}", err=True)
            sys.exit(2)
        except (ValueError, RuntimeError) as error:
            click.echo(f"autograder: {error}", err=True)
            sys.exit(2)

    return run  # type: ignore[return-value]


def publish_pages(out: Path, jobs: int) -> None:
    """Write everything that is derived from a gradebook."""
    from autograder.course.packages import solution_predictions
    from autograder.grading.grade import DEFAULTS, jobs_of
    from autograder.outputs.publish import publish

    publish(out, explainer(), solution_predictions(), jobs or jobs_of(DEFAULTS))


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@OUT
@JOBS
@SCHEDULER
@click.option("--resume/--fresh", default=True, help="Keep (default) or redo what is graded.")
@click.option(
    "--policy",
    type=click.Choice(["latest", "best", "first"]),
    default="latest",
    help="Which of a student's attempts counts.",
)
@click.option("--deadline", type=float, metavar="SECONDS", help="Time for one submission.")
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
    deadline: float | None,
    limits: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Grade notebooks, folders, zips, or a Gradescope or Canvas download.

    Nothing is graded twice: run the same command again after an interruption and it goes on.
    Exit code 1 means that something handed in could not be graded; the reasons are printed.

    \b
    Examples:
        autograder grade submissions/ --out marks/
        autograder grade gradescope_export.zip --out marks/ --policy best
        autograder grade submissions/ --out marks/ --fresh --limit cell_seconds=60
    """
    from rich.console import Console

    from autograder.cli.terminal import print_intake, print_summary, progress_bar, summary_json
    from autograder.course.packages import load_packages
    from autograder.grading.grade import DEFAULTS, Options, grade_class
    from autograder.sandbox.limits import parse_limits

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise ValueError(f"PATH: there is no {', '.join(missing)}; nothing was graded")
    options = Options(
        jobs=jobs,
        scheduler=scheduler,
        fresh=not resume,
        policy=policy,
        deadline_seconds=deadline or DEFAULTS.deadline_seconds,
        limits=parse_limits(limits),
    )
    console = Console(quiet=quiet or as_json)
    with progress_bar(console) as on_progress:
        result = grade_class(
            paths,
            out,
            load_packages(),
            options,
            lambda intake: print_intake(console, intake),
            on_progress,
        )
    publish_pages(out, jobs)
    print_summary(console, result, out)
    if as_json:
        click.echo(json.dumps(summary_json(result, out), indent=2))
    sys.exit(result.exit_code)


@click.command()
@OUT
@JOBS
@SCHEDULER
@click.option("--apply", "apply_", is_flag=True, help="Change the marks; without it, only show.")
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
    from autograder.course.packages import load_packages
    from autograder.grading.grade import Options
    from autograder.grading.regrade import regrade as replay

    console = Console(quiet=as_json)
    with progress_bar(console) as on_progress:
        options = Options(jobs=jobs, scheduler=scheduler)
        result = replay(out, load_packages(), options, apply_, on_progress)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result)).decode())
    else:
        print_regrade(Console(), result)
    if apply_:
        publish_pages(out, jobs)


@click.command()
@click.argument("submission")
@click.argument("stem")
@click.argument("points", type=float)
@click.option("--why", required=True, help="One sentence; the student reads it.")
@click.option("--who", default="", help="Who decides; your user name by default.")
@OUT
@plain_errors
def adjust(submission: str, stem: str, points: float, why: str, who: str, out: Path) -> None:
    """Set the marks of one exercise by hand; kept apart from what was computed.

    \b
    Example:
        autograder adjust ada-lovelace router 9 --why "Clear reasoning in a comment" --out marks/
    """
    from autograder.gradebook.decisions import adjust as decide

    made = decide(out, submission, stem, points, why, who)
    publish_pages(out, 1)
    click.echo(f"{submission}: {made.stem} is now {made.points:g} ({made.why})")


@click.command()
@OUT
@JOBS
@plain_errors
def report(out: Path, jobs: int) -> None:
    """Write report.html, feedback/, results/ and grades.csv anew from the gradebook.

    \b
    Example:
        autograder report --out marks/
    """
    publish_pages(out, jobs)
    click.echo(f"wrote {out / 'report.html'}")


@click.command()
@OUT
@click.option(
    "--format",
    "form",
    type=click.Choice(["gradescope", "canvas", "csv"]),
    required=True,
    help="What the marks are for.",
)
@click.option(
    "--due",
    default="",
    metavar="TIME",
    help="Such as 2026-11-20T23:59+00:00; `never` ends what an earlier export set.",
)
@click.option("--late", default="", metavar="RULE", help="Such as 10%/day or 2 points/day.")
@click.option("--grace", default="", metavar="TIME", help="Such as 15min.")
@click.option(
    "--roster",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A gradebook exported from Canvas, for students' ids and the column's name.",
)
@plain_errors
def export(out: Path, form: Any, due: str, late: str, grace: str, roster: Path | None) -> None:
    """Write the marks for another system, late policy applied.

    \b
    Examples:
        autograder export --out marks/ --format canvas --roster canvas.csv
        autograder export --out marks/ --format csv --due 2026-11-20T23:59 --late 10%/day
    """
    from autograder.gradebook.due import forget_policy, parse_policy
    from autograder.gradebook.store import Gradebook
    from autograder.outputs.export import export as write

    dated = due not in ("", "never")
    if not dated and (late or grace):
        raise ValueError(f"due is {due or 'empty'}; --late and --grace need --due with a time")
    if due == "never":
        with Gradebook.open(out) as book:
            forget_policy(book)
    policy = parse_policy(due, late, grace) if dated else None
    result = write(out, form, policy, roster)
    if due:
        publish_pages(out, 1)
    for remark in result.remarks:
        click.echo(f"Note: {remark}", err=True)
    for path in result.paths:
        click.echo(f"wrote {path}")


@click.command()
@AS_JSON
@plain_errors
def doctor(as_json: bool) -> None:
    """Show how well this machine can confine students' code, and what is missing.

    \b
    Example:
        autograder doctor
    """
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from autograder.grading.grade import versions
    from autograder.sandbox import probe

    found = probe()
    if as_json:
        click.echo(msgspec.json.encode({"sandbox": found, "versions": versions()}).decode())
        return
    console = Console()
    table = Table("layer", "", "note", title=f"Isolation tier {found.tier}", title_justify="left")
    for layer in found.layers:
        table.add_row(layer.name, "yes" if layer.available else "MISSING", layer.note)
    console.print(table)
    console.print(MEANING[found.tier])
    for name, number in versions().items():
        console.print(f"{name} {number}", highlight=False)


MEANING = {
    "A": "A: every layer. Student code sees no file, process or network but its own.",
    "B": "B: no namespaces (an ordinary container). Landlock, seccomp and a uid of its own confine "
    "student code; it shares the kernel's lists of processes and mounts.",
    "C": "C: no Landlock. Tests and reference are kept from student code by file permissions only.",
    "D": "D: not a sandbox. A separate process with deadlines; student code could read your files. "
    "Grade untrusted classes elsewhere.",
}

COMMANDS: Sequence[click.Command] = (grade, regrade, adjust, report, export, doctor)
