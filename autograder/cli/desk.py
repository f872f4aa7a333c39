"""``desk``: the local page on which an instructor decides."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.command import OUT, plain_errors, publish_pages


@click.command()
@OUT
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="0 (default) is any free one."
)
@click.option("--open/--no-open", "browser", default=True, help="Open your browser (default).")
@plain_errors
def desk(out: Path, port: int, browser: bool) -> None:
    """Look at answers that behave alike, and decide: a page on this computer, for you alone.

    `grade` may run meanwhile. Ctrl-C ends the desk and writes the pages with what you decided.

    \b
    Example:
        autograder desk --out marks/
    """
    from autograder.course.predictions import solution_predictions
    from autograder.desk.server import serve

    def show(address: str) -> None:
        click.echo(f"The marking desk is open at\n  {address}\nCtrl-C ends it.")

    decisions = serve(out, solution_predictions(), port, show, browser)
    if decisions:
        click.echo(f"{decisions} decided; writing the pages.")
        publish_pages(out, 1)
