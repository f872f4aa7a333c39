"""The files that others rely on, and what the terminal says."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from autograder.cli.terminal import print_intake, print_summary, progress_bar, summary_json
from autograder.gradebook.decisions import adjust
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import ClassResult, Options, Progress, grade_class
from autograder.intake import discover
from autograder.outputs.csv_tables import cell
from autograder.outputs.results import write_results
from tests import fakes, synthetic

COMMANDS = {"ann": "pass", "ben": "fail", "cem": "event", "=HYPERLINK(1)": "raise"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClassResult]:
    folder = fakes.write_class(tmp_path_factory.mktemp("class"), COMMANDS)
    fakes.write_class(folder, {"flo": "pass"}, "lesson-two")
    (folder / "eve.ipynb").write_bytes(b"")
    out = tmp_path_factory.mktemp("out")
    options = Options(engine=fakes.ENGINE, jobs=2)
    result = grade_class([folder], out, fakes.PACKAGES, options)
    adjust(out, "ben", "router", 6.0, "second reading", "Prof. X")
    with Gradebook.open(out) as book:
        result = ClassResult(rows=tuple(book.rows()), graded=result.graded, seconds=result.seconds)
    write_results(out, result.rows, fakes.PACKAGES)
    return out, result


def table(out: Path) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO((out / "grades.csv").read_text()))
    return {row["submission"]: row for row in rows}


def test_grades_csv_has_the_agreed_columns_and_rows(graded: tuple[Path, ClassResult]) -> None:
    out, _ = graded
    header = (out / "grades.csv").read_text().splitlines()[0]
    assert header == (
        "submission,student,lesson,router,moe_layer,rope,total,status,sid,email,login,section"
    )
    rows = table(out)
    assert rows["ann"] == {
        "submission": "ann", "student": "ann", "lesson": "lesson-one", "router": "10",
        "moe_layer": "10", "rope": "", "total": "20", "status": "graded",
        "sid": "", "email": "", "login": "", "section": "",
    }  # fmt: skip
    assert (rows["ben"]["router"], rows["ben"]["total"]) == ("6", "10")
    assert rows["cem"]["status"] == "graded with problems"
    assert (rows["eve"]["total"], rows["eve"]["status"]) == ("", "not graded")
    assert rows["flo"]["rope"] == "10"


@pytest.mark.parametrize(
    ("name", "written"),
    [("=1", "'=1"), ("@a", "'@a"), ("x;=HYPERLINK(1)", "x;'=HYPERLINK(1)"), ("a-b=c", "a-b=c")],
)
def test_a_cell_never_begins_a_formula(name: str, written: str) -> None:
    assert cell(name) == written


def test_no_name_becomes_a_formula(graded: tuple[Path, ClassResult]) -> None:
    rows = table(graded[0])
    (name,) = [name for name in rows if name.startswith("HYPERLINK")]
    assert rows[name]["student"] == "'=HYPERLINK(1)"


def test_results_json_is_gradescopes_and_hides_details(graded: tuple[Path, ClassResult]) -> None:
    out, _ = graded
    text = (out / "results" / "ben" / "lesson-one.json").read_text()
    assert "secret" not in text
    result = json.loads(text)
    assert result["score"] == 10
    by_name = {test["name"]: test for test in result["tests"]}
    assert by_name["router: test_idea"] == {
        "name": "router: test_idea", "score": 0.0, "max_score": 6.0, "status": "failed",
        "visibility": "after_published", "output": "Each row sums to 1.",
    }  # fmt: skip
    assert by_name["router: test_shape"]["visibility"] == "visible"
    assert by_name["router: adjusted by Prof. X"]["score"] == 2
    assert sum(test.get("score", 0) for test in result["tests"]) == result["score"]


def test_what_was_not_graded_says_why(graded: tuple[Path, ClassResult]) -> None:
    out, _ = graded
    result = json.loads((out / "results" / "eve" / "not-graded.json").read_text())
    assert result["extra_data"]["status"] == "not graded"
    assert result["output"] == "eve.ipynb is an empty file."


def test_results_of_vanished_submissions_go(graded: tuple[Path, ClassResult]) -> None:
    out, result = graded
    stale = out / "results" / "gone" / "lesson-one.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    write_results(out, result.rows, fakes.PACKAGES)
    assert not stale.parent.exists()
    assert (out / "results" / "ann" / "lesson-one.json").exists()


def test_summary_when_piped_is_plain_and_problems_come_first(
    graded: tuple[Path, ClassResult],
) -> None:
    out, result = graded
    buffer = io.StringIO()
    print_summary(Console(file=buffer, width=120), result, out)
    text = buffer.getvalue()
    assert "\x1b" not in text
    assert text.index("eve.ipynb is an empty file.") < text.index("Points")
    assert "cem: Cell 3 ran for 10 s and was stopped." in text
    assert str(out / "grades.csv") in text


@pytest.mark.parametrize(
    ("width", "lessons", "columns"),
    [
        (60, ["5.3.1", "5.3.2", "5.3.3"], ["all", "graded", "not", "graded", "median"]),
        (80, ["5.3.1", "5.3.2", "5.3.3"], ["problems", "mean", "of"]),
        (120, ["5.3.2 Long context and efficient attention"], ["problems", "mean", "of"]),
    ],
)
@pytest.mark.parametrize("terminal", [True, False])
def test_summary_fits_the_line_and_cuts_no_name(
    tmp_path: Path, width: int, lessons: list[str], columns: list[str], terminal: bool
) -> None:
    synthetic.make_class(tmp_path, 45)
    with Gradebook.open(tmp_path) as book:
        result = ClassResult(rows=tuple(book.rows()), graded=45, seconds=1.0)
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, force_terminal=terminal, color_system=None)
    print_summary(console, result, tmp_path)
    _, _, table = buffer.getvalue().partition("Points")
    table = table.partition("graded now")[0]
    for text in (*lessons, *columns, "not recognised"):
        assert text in table
    assert "\N{HORIZONTAL ELLIPSIS}" not in table
    assert ("Mixture" in table) is (width == 120)
    assert max(map(len, table.splitlines())) <= width
    assert ("\N{BOX DRAWINGS LIGHT HORIZONTAL}" in table) is terminal


def test_summary_json_and_exit_code(graded: tuple[Path, ClassResult]) -> None:
    out, result = graded
    assert result.exit_code == 1
    summary = json.loads(json.dumps(summary_json(result, out)))
    assert [one["submission"] for one in summary["submissions"]][1] == "ann"
    assert ClassResult(rows=(), graded=0, seconds=0.0).exit_code == 0


def test_intake_table_and_progress_take_hostile_names(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path, {"[red]x[": "pass"})
    (folder / "bad\x1b[31m.ipynb").write_bytes(b"")
    buffer = io.StringIO()
    console = Console(file=buffer, width=100, force_terminal=True, color_system=None)
    print_intake(console, discover([folder], fakes.PACKAGES))
    with progress_bar(console) as update:
        update(
            Progress(done=1, total=2, submission="[red]x[", seconds=0.5, problem="[bold]trouble")
        )
    assert "[31m" not in buffer.getvalue().replace("\ufffd[31m", "")
    assert "[bold]trouble" in buffer.getvalue()
