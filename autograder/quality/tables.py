"""The tables in ``docs/`` that say how good the tests are; written by ``autograder check``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.course.lessons import lessons
from autograder.course.samples import load_samples
from autograder.files import write_whole
from autograder.quality.calibrate import Calibration
from autograder.quality.check import ExerciseCheck
from autograder.quality.mutate import MutantReport, explained_survivors
from autograder.quality.sources import digest_of_exercises, header


def write_tables(
    folder: Path,
    checks: list[ExerciseCheck],
    mutants: list[MutantReport],
    calibrations: list[Calibration],
    diagnosis: str,
) -> list[Path]:
    """Write the kill and calibration tables, the list of misconceptions, and ``diagnosis``."""
    pages = {
        "tests-of-the-tests.md": kill_table(checks, mutants),
        "tolerances.md": calibration_table(calibrations),
        "misconceptions.md": misconception_table(checks),
        "diagnosis.md": diagnosis,
    }
    first = header(digest_of_exercises(check.exercise for check in checks))
    for name, text in pages.items():
        write_whole(folder / name, (first + text).encode())
    return [folder / name for name in pages]


KILL_HEAD = (
    "exercise",
    "hidden tests",
    "wrong answers",
    "caught",
    "identified by pattern",
    "mutants",
    "killed",
    "share",
    "survivors explained",
    "unexplained",
)


def kill_table(checks: list[ExerciseCheck], mutants: list[MutantReport]) -> str:
    """Return what catches what: one row per exercise."""
    by_exercise = {report.exercise: report for report in mutants}
    rows = [_kill_row(check, by_exercise[check.exercise]) for check in checks]
    wrong = sum(len(check.wrong) for check in checks)
    identified = sum(check.identified for check in checks)
    return (
        f"# The tests, tested\n\n{markdown_table(KILL_HEAD, rows)}\n"
        f"Of {wrong} wrong answers, {identified} ({100 * identified / wrong:.0f} %) fail a set "
        "of tests that no other one fails. A misconception is named by its answers to the probes, "
        "see [diagnosis.md](diagnosis.md).\n"
        f"\n## Survivors\n\n{_survivors(mutants)}"
    )


def _kill_row(check: ExerciseCheck, report: MutantReport) -> tuple[object, ...]:
    return (
        f"`{check.exercise}`",
        len(check.hidden_tests),
        len(check.wrong),
        sum(bool(run.failed) for run in check.wrong),
        check.identified,
        report.total,
        report.killed,
        f"{100 * report.killed / report.total:.1f} %",
        len(report.explained),
        len(report.survivors),
    )


def _survivors(mutants: list[MutantReport]) -> str:
    reasons = explained_survivors()
    lines = []
    for report in mutants:
        for mutant in report.explained:
            lines.append(
                f"- `{report.exercise}`: `{mutant.key}`: {reasons[report.exercise][mutant.key]}"
            )
        for mutant in report.survivors:
            lines.append(f"- `{report.exercise}`: `{mutant.key}`: **not explained**")
    return "\n".join(lines) + "\n"


def calibration_table(calibrations: list[Calibration]) -> str:
    """Return each numeric hidden test with the two numbers its tolerance lies between."""
    gradings = [
        (f"`{run.exercise}`", run.correct, f"{run.seeds:,}", f"{run.correct * run.seeds:,}")
        for run in calibrations
    ]
    rows = [
        (
            f"`{spread.exercise}`",
            f"`{spread.test}`",
            f"{spread.allowed:.1e}",
            f"{spread.allowed * spread.right:.1e}",
            "fails otherwise" if spread.wrong is None else f"{spread.allowed * spread.wrong:.1e}",
        )
        for run in calibrations
        for spread in run.spreads
    ]
    first = ("exercise", "correct answers", "seeds", "gradings, none failed")
    head = (
        "exercise",
        "hidden test",
        "allowed",
        "largest of a right answer",
        "nearest wrong answer",
    )
    return (
        "# Tolerances\n\nEach numeric comparison of a hidden test allows a difference that lies "
        "between the largest one seen in any correct sample answer and the smallest one "
        "by which a wrong one fails. The correct ones compute in float32 and float64, with "
        "loops, numpy and torch; each is judged on shifted seeds, with one thread and with two, "
        "and the tests bring shapes of their own.\n\n"
        + markdown_table(head, rows)
        + "\n## Right answers on other seeds\n\nA single failure would have stopped the command "
        "that writes this page; `autograder check --seeds 1000` looks again.\n\n"
        + markdown_table(first, gradings)
    )


def misconception_table(checks: list[ExerciseCheck]) -> str:
    """Return what the lessons fight, then every wrong sample answer, with what catches it."""
    sentences = {
        key: text for lesson in lessons().values() for key, text in lesson.misconceptions.items()
    }
    fought: dict[str, list[Sequence[object]]] = {key: [] for key in sentences}
    rows = []
    for check in checks:
        failed = {run.name: run.failed for run in check.wrong}
        for sample in load_samples(check.exercise):
            if sample.kind != "wrong":
                continue
            tests = ", ".join(f"`{name}`" for name in sorted(failed[sample.name]))
            link = f"[{sample.name}](../tests/submissions/{check.exercise}/{sample.name}.py)"
            rows.append((f"`{check.exercise}`", _flat(sample.misconception), link, tests))
            if sample.fights:
                fought[sample.fights].append(
                    (sentences[sample.fights], f"`{check.exercise}`", link, tests)
                )
    first = ("what many believe", "exercise", "wrong answer", "tests that catch it")
    head = ("exercise", "misconception", "wrong answer", "tests that catch it")
    return (
        "# Misconceptions\n\n## What the lessons fight\n\nEach sentence is wrong. The exercise "
        "makes a student see why, and the wrong answer acts on it.\n\n"
        + markdown_table(first, [row for group in fought.values() for row in group])
        + "\n## All wrong sample answers\n\n"
        + markdown_table(head, rows)
    )


def _flat(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as GitHub reads it."""
    lines: list[Sequence[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
