"""Files derived from the gradebook: ``grades.csv`` and one ``results.json`` per submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.model import GradingPackage
from autograder.outputs.csv_tables import csv_text, grade_table
from autograder.outputs.gradescope import result_bytes, result_json

NOT_GRADED = "not-graded"


def write_results(
    out: Path, rows: Sequence[Row], packages: Mapping[str, GradingPackage]
) -> list[Path]:
    """Write ``grades.csv`` and ``results/<submission>/<lesson>.json``; old ones go.

    Returns:
        The files written.
    """
    table = out / "grades.csv"
    write_whole(table, csv_text(grade_table(rows, packages)).encode())
    written = {table}
    for row in rows:
        path = result_path(out, row)
        write_whole(path, result_bytes(result_json(row)))
        written.add(path)
    for stale in set((out / "results").glob("*/*.json")) - written:
        stale.unlink()
        if not any(stale.parent.iterdir()):
            stale.parent.rmdir()
    return sorted(written)


def result_path(out: Path, row: Row) -> Path:
    """Where a row's ``results.json`` lies, by submission and lesson."""
    one = row.submission
    name = one.lesson or (NOT_GRADED if one.attempt == 1 else f"{NOT_GRADED}-{one.attempt}")
    return out / "results" / one.name / f"{name}.json"
