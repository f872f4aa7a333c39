"""``adjust``, ``report`` and ``export``: commands about marks that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from autograder.cli.command import JOBS, OUT, plain_errors, publish_pages
from autograder.errors import InvalidInput


@click.command()
@click.argument("submission")
@click.argument("exercise")
@click.argument("points", type=float)
@click.option("--why", required=True, help="One sentence; the student reads it.")
@click.option("--who", default="", help="Who decides; your user name by default.")
@OUT
@plain_errors
def adjust(submission: str, exercise: str, points: float, why: str, who: str, out: Path) -> None:
    """Set the marks of one exercise by hand; kept apart from what was computed.

    \b
    Example:
        autograder adjust ada-lovelace router 9 --why "Clear reasoning in a comment" --out marks/
    """
    from autograder.gradebook.decisions import adjust as decide

    made = decide(out, submission, exercise, points, why, who)
    publish_pages(out, 1)
    click.echo(f"{submission}: {made.exercise} is now {made.points:g} ({made.why})")


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
        raise InvalidInput(f"due is {due or 'empty'}; --late and --grace need --due with a time")
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
