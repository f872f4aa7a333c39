"""``adjust``, ``marks``, ``report`` and ``export``: commands about points that are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.command import CLASS, JOBS, OUT, ROSTER, plain_errors, publish_pages
from autograder.errors import InvalidInput

if TYPE_CHECKING:
    from autograder.outputs.export import Exported

NEGATIVE = {"ignore_unknown_options": True}
"""A negative number is points that do not fit, not an option that does not exist."""


@click.command(context_settings=NEGATIVE)
@click.argument("student", required=False)
@click.argument("exercise", required=False)
@click.argument("points", required=False)
@click.option("--why", default="", help="One sentence; the student reads it.")
@click.option("--who", default="", help="Who decides; your user name by default.")
@click.option("--keep", is_flag=True, help="Confirm points that are on hold; POINTS is left out.")
@click.option(
    "--from",
    "table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A CSV with columns student, exercise, points, why, such as `marks --todo` writes.",
)
@OUT
@plain_errors
def adjust(
    student: str | None,
    exercise: str | None,
    points: str | None,
    why: str,
    who: str,
    keep: bool,
    table: Path | None,
    out: Path,
) -> None:
    """Set the points of one exercise by hand; kept apart from what was computed.

    STUDENT is a name, an e-mail or other identifier, a submission, or the beginning of one.

    \b
    Examples:
        autograder adjust "Ada Lovelace" router 9 --why "Clear reasoning in a comment" --out marks/
        autograder adjust ada@uni.edu router --keep --out marks/
        autograder adjust --from todo.csv --out marks/
    """
    from autograder.gradebook.decisions import adjust as decide
    from autograder.gradebook.decisions import adjust_from
    from autograder.gradebook.decisions import keep as confirm

    if table is not None:
        made = adjust_from(out, table, who)
    elif student is None or exercise is None:
        raise InvalidInput("STUDENT and EXERCISE are missing, or --from FILE")
    elif keep:
        made = confirm(out, student, exercise, who)
    else:
        made = decide(out, student, exercise, _number(points), why, who)
    publish_pages(out, 1)
    for mark in made:
        name = student or f"student {mark.person}"
        click.echo(f"{name}: {mark.exercise} is now {mark.points:g} ({mark.why})")
    if table is not None and not made:
        click.echo("no line of the file has points; nothing was changed")


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise InvalidInput(f"points is {text or 'missing'}; write a number such as 9") from None


@click.command()
@click.option("--todo", is_flag=True, required=True, help="What waits for a person, as CSV.")
@OUT
@plain_errors
def marks(todo: bool, out: Path) -> None:
    """Print what waits for a person; fill in points and why, and `adjust --from` reads it.

    \b
    Example:
        autograder marks --todo --out marks/ > todo.csv
    """
    from autograder.gradebook.decisions import unmatched
    from autograder.gradebook.store import Gradebook
    from autograder.outputs.csv_tables import BYTE_ORDER_MARK, csv_text, todo_table

    with Gradebook.open(out) as book:
        rows = book.rows()
        released = [row for row in rows if book.as_released(row)]
        table = todo_table(rows, unmatched(book), released)
    # Not click.echo: on Windows it would write in the console's encoding.
    sys.stdout.buffer.write((BYTE_ORDER_MARK + csv_text(table)).encode())


@click.command()
@OUT
@JOBS
@CLASS
@ROSTER
@plain_errors
def report(out: Path, jobs: int, class_file: Path | None, roster: Path | None) -> None:
    """Write report.html, feedback/, results/ and grades.csv anew from the gradebook.

    \b
    Example:
        autograder report --out marks/
    """
    from autograder.gradebook.store import Gradebook

    with Gradebook.open(out) as book:
        book.set_up(class_file, roster)
    publish_pages(out, jobs)
    click.echo(f"wrote {out / 'report.html'}")


@click.command()
@OUT
@click.option(
    "--format",
    "form",
    type=click.Choice(["gradescope", "canvas", "moodle", "csv"]),
    help="What the points are for.",
)
@click.option(
    "--feedback",
    type=click.Choice(["canvas", "moodle", "folder"]),
    help="Write the feedback pages as this platform takes them back.",
)
@click.option(
    "--due",
    "dates",
    multiple=True,
    metavar="[LESSON=]TIME",
    help="Such as 2026-11-20 (the end of that day) or 5.3.1=2026-11-20T18:00; `never` ends what "
    "an earlier export set.",
)
@click.option("--late", default="", metavar="RULE", help="Such as 10%/day or 2 points/day.")
@click.option("--grace", default="", metavar="TIME", help="Such as 15min.")
@click.option("--cap", default="", metavar="AMOUNT", help="At most this is taken off: 50%.")
@click.option(
    "--nothing-after", default="", metavar="TIME", help="Later than this nothing is given: 7 days."
)
@ROSTER
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="[LESSON=]NAME",
    help="The column to fill, where its name does not tell.",
)
@click.option("--lesson", "lessons", multiple=True, metavar="LESSON", help="Only this lesson.")
@CLASS
@plain_errors
def export(
    out: Path,
    form: Any,
    feedback: Any,
    dates: tuple[str, ...],
    roster: Path | None,
    columns: tuple[str, ...],
    lessons: tuple[str, ...],
    class_file: Path | None,
    **late: str,
) -> None:
    """Write the points, or the feedback pages, for another system; late rule applied.

    \b
    Examples:
        autograder export --out marks/ --format canvas --roster canvas.csv
        autograder export --out marks/ --format moodle --roster worksheet.csv --lesson 5.3.1
        autograder export --out marks/ --format csv --due 2026-11-20 --late 10%/day
        autograder export --out marks/ --feedback canvas
    """
    from autograder.gradebook.store import Gradebook
    from autograder.outputs.export import export as write

    due = None if dates in ((), ("never",)) else _due(out, dates, late)
    if due is None and any(late.values()):
        raise InvalidInput(
            f"due is {dates[0] if dates else 'empty'}; --late and --grace need --due with a time"
        )
    if dates == ("never",):
        with Gradebook.open(out) as book:
            book.use_due({})
    if form is None and feedback is None:
        raise InvalidInput("--format and --feedback are missing; say what the export is for")
    if form is not None:
        _tell(write(out, form, due, roster, columns, lessons, class_file))
    if dates or roster or class_file:
        _remember(out, due, roster, class_file)
    if feedback is not None:
        _tell(_returned(out, feedback, lessons))


def _tell(result: Exported) -> None:
    for remark in result.remarks:
        click.echo(f"Note: {remark}", err=True)
    for path in result.paths:
        click.echo(f"wrote {path}")


def _remember(out: Path, due: Any, roster: Path | None, class_file: Path | None) -> None:
    """Keep what the command was given, and write the pages anew."""
    from autograder.gradebook.store import Gradebook

    with Gradebook.open(out) as book:
        book.set_up(class_file, roster)
        if due is not None and book.class_file() is None:
            book.use_due(due)
    publish_pages(out, 1)


def _returned(out: Path, feedback: Any, lessons: tuple[str, ...]) -> Exported:
    from autograder.course.predictions import solution_predictions
    from autograder.grading.grade import DEFAULTS, jobs_of
    from autograder.outputs.returns import return_feedback

    return return_feedback(out, feedback, lessons, solution_predictions(), jobs_of(DEFAULTS))


def _due(out: Path, dates: tuple[str, ...], late: dict[str, str]) -> Any:
    """The late rule of each lesson that was named, or of all."""
    from autograder.gradebook.late_rule import parse_policy
    from autograder.gradebook.settings import EVERY_LESSON, find_lesson
    from autograder.gradebook.store import Gradebook

    with Gradebook.open(out) as book:
        zone, known = book.class_settings().timezone, book.lessons()
    found = {}
    for text in dates:
        lesson, equals, moment = text.rpartition("=")
        slug = find_lesson(lesson, known) if equals else EVERY_LESSON
        found[slug] = parse_policy(moment, **late, zone=zone)
    return found
