"""``people``: who is who, and what a person decides about it."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.command import CLASS, OUT, ROSTER, plain_errors, publish_pages


@click.group()
def people() -> None:
    """Say who is who where the gradebook cannot know.

    A student is named by name, identifier or submission, or by the beginning of one. What is
    decided here stays decided.

    \b
    Examples:
        autograder people list --out marks/
        autograder people link lab_final "Ada Lovelace" --out marks/
    """


@people.command("list")
@OUT
@ROSTER
@CLASS
@plain_errors
def list_(out: Path, roster: Path | None, class_file: Path | None) -> None:
    """List every student with all identifiers, and every match that needs a look.

    \b
    Example:
        autograder people list --out marks/ --roster canvas.csv
    """
    from rich.console import Console

    from autograder.cli.terminal import print_people
    from autograder.gradebook.store import Gradebook

    with Gradebook.open(out) as book:
        book.set_up(class_file, roster)
        print_people(Console(), book.matching(), book.not_handed_in())


@people.command()
@click.argument("student")
@click.argument("other")
@OUT
@plain_errors
def link(student: str, other: str, out: Path) -> None:
    """Say that two students are one person.

    \b
    Example:
        autograder people link fz@uni.edu "Fatima Zahra" --out marks/
    """
    from autograder.gradebook.decisions import link as decide

    click.echo(decide(out, student, other))
    publish_pages(out, 1)


@people.command()
@click.argument("student")
@click.argument("identifier")
@OUT
@plain_errors
def split(student: str, identifier: str, out: Path) -> None:
    """Say that IDENTIFIER, which a student was given, is another person's.

    \b
    Example:
        autograder people split "Ada Lovelace" al@uni.edu --out marks/
    """
    from autograder.gradebook.decisions import split as decide

    click.echo(decide(out, student, identifier))
    publish_pages(out, 1)


@people.command()
@click.argument("student")
@click.argument("name")
@OUT
@plain_errors
def rename(student: str, name: str, out: Path) -> None:
    """Call a student by another name on every page and in every table.

    \b
    Example:
        autograder people rename student07 "Ada Lovelace" --out marks/
    """
    from autograder.gradebook.decisions import rename as decide

    click.echo(decide(out, student, name))
    publish_pages(out, 1)
