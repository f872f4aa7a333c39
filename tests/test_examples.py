"""The sample class is current, and graded it comes out as its sample answers declare."""

from __future__ import annotations

import csv
import filecmp
import subprocess
import sys
from pathlib import Path

import pytest

from examples.make_class import CLASS, make_class


def test_the_sample_class_is_what_the_script_makes(tmp_path: Path) -> None:
    make_class(tmp_path / "class")
    made = {path.relative_to(tmp_path / "class") for path in (tmp_path / "class").rglob("*.ipynb")}
    assert made == {path.relative_to(CLASS) for path in CLASS.rglob("*.ipynb")}
    _, changed, errors = filecmp.cmpfiles(
        CLASS, tmp_path / "class", [str(path) for path in made], shallow=False
    )
    assert not changed and not errors, "run `make class` and commit the result"  # noqa: PT018


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> tuple[int, str, Path]:
    out = tmp_path_factory.mktemp("graded") / "out"
    answer = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", str(CLASS), "--out", str(out), "--jobs", "1"],
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    return answer.returncode, answer.stdout, out


def test_the_sample_class_is_graded_and_its_troubles_are_named(graded) -> None:
    code, printed, out = graded
    assert code == 1, printed
    rows = list(csv.DictReader((out / "grades.csv").read_text().splitlines()))
    assert len(rows) == 29
    status = [row["status"] for row in rows]
    assert status.count("not graded") == 2
    assert status.count("graded with problems") == 1
    for sentence in ("is an empty file", "is not a notebook", "crashed"):
        assert sentence in printed
    assert (out / "report.html").is_file()
    assert len(list((out / "feedback").glob("*.html"))) == 12


def test_marks_are_mixed_and_within_bounds(graded) -> None:
    rows = list(csv.DictReader((graded[2] / "grades.csv").read_text().splitlines()))
    totals = [float(row["total"]) for row in rows if row["total"]]
    assert all(0 <= total <= 40 for total in totals)
    assert max(totals) == 40
    assert min(totals) < 30


def test_the_second_run_grades_nothing_again(graded) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", str(CLASS), "--out", str(graded[2])],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert "0 graded now" in answer.stdout
