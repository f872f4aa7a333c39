"""``doctor``: what this machine can and cannot do."""

from __future__ import annotations

import click

from autograder.cli.command import AS_JSON, plain_errors


@click.command()
@AS_JSON
@plain_errors
def doctor(as_json: bool) -> None:
    """Show what grades on this machine, and how well it can confine students' code.

    \b
    Example:
        autograder doctor
    """
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from autograder.grading.grade import versions
    from autograder.sandbox import probe
    from autograder.versions import graded_with

    found = probe()
    if as_json:
        click.echo(msgspec.json.encode({"sandbox": found, "versions": versions()}).decode())
        return
    console = Console()
    table = Table("layer", "", "note", title=f"Isolation tier {found.tier}", title_justify="left")
    for layer in found.layers:
        table.add_row(layer.name, "yes" if layer.available else "MISSING", layer.note)
    console.print(table)
    console.print(f"{found.tier}: {found.meaning}.")
    used = versions()
    console.print(f"Submissions are graded with {graded_with(used)}.", highlight=False)
    for name, number in used.items():
        console.print(f"{name} {number}", highlight=False)
