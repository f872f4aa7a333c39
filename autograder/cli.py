"""The command line. Heavy imports stay inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import sys

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scaling-autograder")
def main() -> None:
    """Build and grade the notebooks of Module 5.3, Scaling Architecture."""


@main.command()
@click.argument("stems", nargs=-1, metavar="[STEM]...")
@click.option("--suggest", is_flag=True, help="Print the fails line each wrong submission needs.")
@click.option(
    "--engine",
    type=click.Choice(["sandbox", "in-process"]),
    default="in-process",
    help="What runs the bank.",
)
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


def _engine(name: str):  # type: ignore[no-untyped-def]
    if name == "sandbox":
        from autograder.sandbox import SandboxEngine

        return SandboxEngine()
    from autograder.inprocess import InProcessEngine

    return InProcessEngine()


def _print_check(checked, suggest: bool) -> None:  # type: ignore[no-untyped-def]
    for run in checked.runs:
        click.echo(
            f"{checked.stem:26} {run.name:40} {run.outcome.points:4g}/{run.outcome.max_points:g}"
            f"  {run.outcome.seconds:5.2f} s  "
            + " ".join(sorted(run.failed))
        )
        if suggest and run.kind == "wrong":
            click.echo(f"    fails: [{', '.join(sorted(run.failed))}]")
        for test in run.outcome.tests:
            if suggest and not test.passed and run.kind != "untouched":
                click.echo(f"      {test.name}: {test.detail[:160]}")
    click.echo(f"{checked.stem}: {checked.identified}/{len(checked.wrong)} patterns unique")
    for problem in checked.problems:
        click.echo(f"PROBLEM {checked.stem}: {problem}")


if __name__ == "__main__":
    main()
