"""What ``autograder check`` does and prints."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from autograder.course.lessons import all_exercises, lesson_of
from autograder.diagnosis.known import KnownFunction
from autograder.grading.known import ask_samples
from autograder.model import Engine
from autograder.quality import points_lost
from autograder.quality.calibrate import Calibration, calibrate
from autograder.quality.check import ExerciseCheck, check_exercise
from autograder.quality.diagnosis import problems
from autograder.quality.diagnosis_page import diagnosis_page
from autograder.quality.mutate import MutantReport, check_mutants
from autograder.quality.reach import dearest_and_cheapest, lost, reach

CALIBRATION_SEEDS = 20
"""Seeds on which each correct sample answer is judged for the page of tolerances, if not said."""


def open_engine(name: str) -> Engine:
    """Return an engine by the name the command line gives it."""
    if name == "sandbox":
        from autograder.sandbox import SandboxEngine

        return SandboxEngine()
    from autograder.grading.inprocess import InProcessEngine

    return InProcessEngine()


def check_command(
    exercises: tuple[str, ...],
    suggest: bool,
    mutants: bool,
    folder: Path | None,
    engine: str,
    seeds: int | None,
) -> int:
    """Check exercises, print what was found, and return the exit code."""
    chosen = tuple(exercises) or all_exercises()
    for exercise in chosen:
        lesson_of(exercise)
    console = Console(soft_wrap=True)
    known = {exercise: ask_samples(lesson_of(exercise), exercise) for exercise in chosen}
    checks = _check_all(chosen, engine, console, suggest, known)
    reports = _mutate_all(chosen, console) if mutants or folder else []
    wanted = seeds or (CALIBRATION_SEEDS if folder else 0)
    calibrations = [_calibrate(exercise, wanted, console) for exercise in chosen] if wanted else []
    if folder:
        _write(folder, checks, reports, calibrations, known, console)
    unexplained = sum(len(report.survivors) for report in reports)
    return 1 if unexplained or any(check.problems for check in checks) else 0


def _check_all(
    exercises: tuple[str, ...],
    engine: str,
    console: Console,
    suggest: bool,
    known: dict[str, tuple[KnownFunction, ...]],
) -> list[ExerciseCheck]:
    runner = open_engine(engine)
    checks = []
    try:
        for exercise in exercises:
            found = check_exercise(exercise, runner)
            more = (*points_lost.problems(found), *problems(exercise, known[exercise]))
            checks.append(msgspec.structs.replace(found, problems=(*found.problems, *more)))
            _print_check(checks[-1], console, suggest)
            _print_reach(checks[-1], console)
    finally:
        runner.close()
    console.print(_summary(checks))
    return checks


def _print_check(check: ExerciseCheck, console: Console, suggest: bool) -> None:
    console.print(f"\n[bold]{check.exercise}[/bold]")
    for run in check.runs:
        failed = " ".join(sorted(run.failed)) if run.kind != "untouched" else "every test"
        share = 100 * run.outcome.points / run.outcome.max_points
        verdict = f"fails {failed}" if run.failed else "passes every test"
        console.print(f"  {run.name:44} {share:5.1f} %  {verdict}", highlight=False)
        if suggest and run.kind in ("wrong", "also"):
            console.print(f"    fails: {', '.join(sorted(run.failed)).join('[]')}", markup=False)
        for test in run.outcome.tests:
            if suggest and not test.passed and run.kind != "untouched":
                console.print(f"      {test.name}: {test.detail[:160]}", markup=False)
    for problem in check.problems:
        console.print(f"  PROBLEM {problem}", style="bold red", markup=False)


def _print_reach(check: ExerciseCheck, console: Console) -> None:
    """Say how far each hidden test reaches, and what wrong answers cost."""
    for one in reach(check):
        console.print(
            f"  {one.test:44} fails {one.own} wrong answers of its own and {one.others} others "
            f"({100 * one.share:.0f} %)",
            highlight=False,
        )
    if check.wrong:
        most, least = dearest_and_cheapest(check)
        console.print(
            f"  dearest {most.name}, {lost(most):g} points; cheapest {least.name}, "
            f"{lost(least):g} points",
            highlight=False,
        )


def _summary(checks: list[ExerciseCheck]) -> Table:
    table = Table(title="The tests, tested")
    for name in ("exercise", "hidden tests", "correct", "wrong", "identified", "problems"):
        left = name == "exercise"
        table.add_column(name, justify="left" if left else "right", no_wrap=left)
    for check in checks:
        correct = sum(run.kind == "correct" for run in check.runs)
        counts = (len(check.hidden_tests), correct, len(check.wrong), check.identified)
        table.add_row(check.exercise, *(str(count) for count in counts), str(len(check.problems)))
    return table


def _mutate_all(exercises: tuple[str, ...], console: Console) -> list[MutantReport]:
    from autograder.sandbox import SandboxEngine
    from autograder.sandbox.limits import Limits

    reports = []
    # Some mutants loop for ever: the first test that shows it is enough.
    runner = SandboxEngine(Limits(call_seconds=4, judge_seconds=20, section_seconds=20))
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("mutants", total=len(exercises))
            for exercise in exercises:
                progress.update(task, description=f"mutants of {exercise}")
                reports.append(check_mutants(exercise, runner))
                _print_mutants(reports[-1], console)
                progress.advance(task)
    finally:
        runner.close()
    return reports


def _print_mutants(report: MutantReport, console: Console) -> None:
    console.print(
        f"{report.exercise}: {report.killed} of {report.total} mutants killed, "
        f"{len(report.explained)} explained, {len(report.survivors)} not"
    )
    for mutant in report.survivors:
        console.print(f"  survives ({mutant.kind}): {mutant.key}", markup=False)


def _calibrate(exercise: str, seeds: int, console: Console) -> Calibration:
    calibration = calibrate(exercise, seeds)
    console.print(
        f"{exercise}: {calibration.correct} correct sample answers judged on {seeds:,} seeds each, "
        "none failed a test"
    )
    return calibration


def _write(
    folder: Path,
    checks: list[ExerciseCheck],
    reports: list[MutantReport],
    calibrations: list[Calibration],
    known: dict[str, tuple[KnownFunction, ...]],
    console: Console,
) -> None:
    from autograder.quality.tables import write_tables

    page = diagnosis_page(checks, known)
    for path in write_tables(folder, checks, reports, calibrations, page):
        console.print(f"wrote {path}")
