"""Exports, adjustments, the late policy and regrading: what a mark is made of, and who moves."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from autograder.cli import marks as commands
from autograder.cli.terminal import print_regrade
from autograder.errors import GradebookError, PoolError
from autograder.gradebook.decisions import adjust
from autograder.gradebook.due import LatePolicy, lateness, parse_policy
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import Options, grade_class
from autograder.grading.regrade import regrade
from autograder.intake import Submission
from autograder.model import GradingPackage, Notebook, NotebookOutcome
from autograder.outputs.export import CANVAS_PERSON, Roster, export
from autograder.outputs.publish import publish
from tests import fakes

OPTIONS = Options(engine=fakes.ENGINE, jobs=1)
DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATE = LatePolicy(DUE.timestamp(), 10.0, "%", "day", 900.0)
GRADESCOPE = """---
submission_101:
  :submitters:
  - :name: Alice Adams
    :sid: '1'
    :email: alice@example.edu
  :created_at: 2026-11-20 10:00:00 Z
submission_102:
  :submitters:
  - :name: Bob Baker
    :sid: '2'
    :email: bob@example.edu
  :created_at: 2026-11-21 13:00:00 Z
submission_103:
  :submitters:
  - :name: Nobody Here
    :sid: '3'
    :email: nobody@example.edu
  :created_at: 2026-11-20 10:00:00 Z
"""
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Lesson One (4711),Current Score
    Points Possible,,,,,20,(read only)
"Adams, Alice",77,S1,alice,Monday,,
"Baker, Bob",78,S2,bob@example.edu,Friday,,
"Student, Test",79,,,Monday,,
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "submission_metadata.yml").write_text(GRADESCOPE)
    for number, command in ((101, "pass"), (102, "fail"), (103, "pass it")):
        path = folder / f"submission_{number}" / "notebook.ipynb"
        path.parent.mkdir()
        path.write_bytes(fakes.notebook(command))
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    return tmp_path / "out"


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_canvas_with_a_roster_has_canvas_own_columns(out: Path, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8-sig")
    exported = export(out, "canvas", roster=tmp_path / "roster.csv")
    rows = list(csv.reader(io.StringIO(exported.paths[0].read_text())))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lesson One (4711)"],
        ["    Points Possible", "", "", "", "", "20"],
        ["Adams, Alice", "77", "S1", "alice", "Monday", "20"],
        ["Baker, Bob", "78", "S2", "bob@example.edu", "Friday", "8"],
    ]
    assert exported.remarks == ("Not in the roster, so not in the file: submission_103.",)


# What Canvas exports, written by its lib/gradebook_exporter.rb: with and without SIS ids,
# integration ids, names in two columns, columns of the instructor's own, a row that says which
# marks are hidden, read-only totals, N/A and EX, and semicolons where a comma is the decimal sign.
PLAIN_LAYOUT = """Student,ID,SIS Login ID,Section,Notes,Quiz (1),Lesson One (4711),\
Current Score,Final Grade
,,,,,Manual Posting,,,
    Points Possible,,,,(read only),5,20,(read only),(read only)
"Adams, Alice",77,alice,Monday,likes tea,4,,80.0,B
"Baker, Bob",78,bob@example.edu,Friday,,N/A,7.5,,
"Clark, Cleo",80,cleo,Friday,,EX,11,,
"""
WIDE_LAYOUT = """LastName,FirstName,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,\
Section,Lesson One (4711),Assignments Current Score,Current Score
    Points Possible,,,,,,,,20,(read only),(read only)
Adams,Alice,77,S1,alice,i1,canvas.example.edu,Monday and Friday,,,
Baker,Bob,78,S2,bob@example.edu,i2,canvas.example.edu,Friday,7.5,,
Clark,Cleo,80,S3,cleo,i3,canvas.example.edu,Friday,11,,
"""
SEMICOLON_LAYOUT = """Student;ID;SIS User ID;SIS Login ID;Section;Lesson One (4711);Current Score
    Points Possible;;;;;20,00;(read only)
Adams, Alice;77;S1;alice;Monday;;80,00
Baker, Bob;78;S2;bob@example.edu;Friday;7,50;
Clark, Cleo;80;S3;cleo;Friday;11,00;
"""
LAYOUTS = {"plain": PLAIN_LAYOUT, "wide": WIDE_LAYOUT, "semicolons": SEMICOLON_LAYOUT}


def as_canvas_imports(text: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Points possible, and Canvas id to marks, by the rules of its lib/gradebook_importer.rb."""
    header, *rows = csv.reader(io.StringIO(text))
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    columns = 3
    if header[2] == "SIS Login ID":
        columns = 4
    elif header[2:4] == ["SIS User ID", "SIS Login ID"]:
        columns = 5
    assert "Section" in header[columns - 1]
    assignments = header[columns:]
    assert not [name for name in assignments if "Current" in name or "Final" in name]
    possible: dict[str, str] = {}
    marks = {}
    for row in rows:
        cells = dict(zip(assignments, row[columns:], strict=True))
        if "Points Possible" in row[0]:
            possible = cells
        else:
            assert row[1].isdigit(), "Canvas would look for the name"
            marks[row[1]] = cells
    return possible, marks


@pytest.mark.parametrize("layout", LAYOUTS)
def test_canvas_reads_back_what_was_made_from_its_own_export(
    out: Path, tmp_path: Path, layout: str
) -> None:
    (tmp_path / "roster.csv").write_text(LAYOUTS[layout], encoding="utf-8-sig")
    adjust(out, "submission_101", "router", 9, "one sign is wrong", "Prof. X")
    exported = export(out, "canvas", LATE, roster=tmp_path / "roster.csv")
    possible, marks = as_canvas_imports(exported.paths[0].read_text())
    assert {name: float(value.replace(",", ".")) for name, value in possible.items()} == {
        "Lesson One (4711)": 20
    }
    # Alice's mark as adjusted, Bob's less what lateness costs; Cleo, of whom nothing is known
    # here, is left alone.
    assert marks == {"77": {"Lesson One (4711)": "19"}, "78": {"Lesson One (4711)": "6.4"}}


def test_a_mark_that_canvas_has_is_not_cleared(tmp_path: Path) -> None:
    """Alice handed in the second lesson only, and Canvas knows her mark in the first."""
    folder = fakes.write_class(tmp_path / "class", {"alice": "pass"}, "lesson-two")
    fakes.write_class(folder, {"bob": "pass"})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    (tmp_path / "roster.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Lesson One (1),Lesson Two (2)\n"
        "    Points Possible,,,,,100,10\n"
        '"Adams, Alice",77,S1,alice,Monday,64,\n'
        '"Baker, Bob",78,S2,bob,Friday,,EX\n'
    )
    exported = export(tmp_path / "out", "canvas", roster=tmp_path / "roster.csv")
    possible, marks = as_canvas_imports(exported.paths[0].read_text())
    assert marks["77"] == {"Lesson One (1)": "64", "Lesson Two (2)": "10"}
    assert marks["78"] == {"Lesson One (1)": "20", "Lesson Two (2)": "EX"}
    assert possible == {"Lesson One (1)": "100", "Lesson Two (2)": "10"}
    assert exported.remarks == ("Canvas has 100 points for Lesson one, these marks are out of 20.",)


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        (("Quiz (1)", "5.3.1 Mixture of Experts (2)"), 6),
        (("Quiz (1)", "Notebook 5.3.1 (2)"), 6),
        (("Notebook 15.3.1 (1)", "Notebook 5.3.10 (2)"), None),
        (("Part 5.3.1 a (1)", "Part 5.3.1 b (2)"), None),
        (("Quiz (1)", "Other (2)"), None),
    ],
)
def test_the_column_is_found_by_name_or_number(columns: tuple[str, ...], place: int | None) -> None:
    roster = Roster((*CANVAS_PERSON, *columns), (), {})
    assert roster.column("5-3-1-mixture-of-experts") == place


def test_canvas_without_a_roster_says_what_is_missing(out: Path) -> None:
    exported = export(out, "canvas")
    assert [row["Student"] for row in read(exported.paths[0])][1:] == [
        "Alice Adams",
        "Bob Baker",
        "Nobody Here",
    ]
    assert "roster" in exported.remarks[0]


def test_canvas_names_lead_back_to_canvas_ids(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"adamsalice_77_900_work": "pass"})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    (row,) = read(export(tmp_path / "out", "canvas").paths[0])[1:]
    assert (row["Student"], row["ID"], row["Lesson one"]) == ("adamsalice", "77", "20")


@pytest.mark.parametrize(
    ("name", "deduction", "remark"),
    [
        ("adamsalice_LATE_77_900_work", "0", "Marked late by Canvas without a time"),
        ("adamsalice_77_900_work", "", ""),
        ("alice", "20", "Late only by the time stamp of the file"),
    ],
)
def test_the_export_says_where_the_late_rule_had_little_to_go_by(
    tmp_path: Path, name: str, deduction: str, remark: str
) -> None:
    """A Canvas file's stamp, long after the date due, is the moment of the download."""
    folder = fakes.write_class(tmp_path / "class", {name: "pass"})
    os.utime(folder / f"{name}.ipynb", (DUE.timestamp() + 3e6,) * 2)
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    exported = export(tmp_path / "out", "csv", LATE)
    (row,) = read(exported.paths[0])
    assert row["late_deduction"] == deduction
    assert len(exported.remarks) == bool(remark)
    for said in exported.remarks:
        assert said.startswith(remark)
        assert name in said


def test_a_roster_of_another_kind_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("name,mail\n")
    with pytest.raises(ValueError, match="not a gradebook exported from Canvas"):
        export(out, "canvas", roster=tmp_path / "roster.csv")
    with pytest.raises(ValueError, match="cannot be read"):
        export(out, "canvas", roster=tmp_path / "nowhere.csv")


def test_gradescope_json_takes_the_late_deduction_and_says_so(out: Path) -> None:
    exported = export(out, "gradescope", LATE)
    assert len(exported.paths) == 3
    bob = json.loads(
        (out / "export" / "gradescope" / "submission_102" / "lesson-one.json").read_text()
    )
    assert bob["score"] == pytest.approx(6.4)
    assert bob["tests"][-1]["name"] == "handed in late"
    assert "2 days late at 10% each" in bob["tests"][-1]["output"]
    assert sum(test["score"] for test in bob["tests"]) == pytest.approx(bob["score"])


# Gradescope's documentation, "Autograder specifications", output format.
RESULT_KEYS = {
    "score", "execution_time", "output", "output_format", "test_output_format",
    "test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
TEST_KEYS = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format",
    "tags", "visibility", "extra_data",
}  # fmt: skip
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def test_gradescope_json_has_gradescopes_keys_and_every_change_of_the_mark(out: Path) -> None:
    adjust(out, "submission_102", "router", 9, "the idea is right", "Prof. X")
    for path in export(out, "gradescope", LATE).paths:
        result = json.loads(path.read_text())
        assert result.keys() <= RESULT_KEYS
        assert {result["visibility"], result["stdout_visibility"]} <= VISIBILITIES
        for test in result["tests"]:
            assert test.keys() <= TEST_KEYS
            assert test["visibility"] in VISIBILITIES
            assert test.get("status", "passed") in ("passed", "failed")
        assert sum(test["score"] for test in result["tests"]) == pytest.approx(result["score"])
    bob = json.loads((path.parents[1] / "submission_102" / "lesson-one.json").read_text())
    assert bob["score"] == pytest.approx(10.4)
    told = {test["name"]: test for test in bob["tests"] if test["max_score"] == 0}
    assert told["router: adjusted by Prof. X"]["output"] == "the idea is right"
    assert told["handed in late"]["score"] == pytest.approx(-2.6)


def test_plain_table_shows_how_each_mark_was_made(out: Path) -> None:
    adjust(out, "submission_102", "router", 9, "the idea is right", "Prof. X")
    rows = {row["submission"]: row for row in read(export(out, "csv", LATE).paths[0])}
    bob = rows["submission_102"]
    assert (bob["router"], bob["computed"], bob["adjusted"]) == ("9", "8", "13")
    assert (bob["late_deduction"], bob["final"], bob["max"]) == ("2.6", "10.4", "20")
    assert "router: the idea is right (Prof. X)" in bob["why"]
    alice = rows["submission_101"]
    assert (alice["late_deduction"], alice["final"]) == ("", "20")
    assert alice["submitted_at"] == "2026-11-20T10:00:00+00:00"


def test_the_policy_is_remembered_and_explained_to_the_student(out: Path) -> None:
    export(out, "csv", LATE)
    assert [row["final"] for row in read(export(out, "csv").paths[0])] == ["20", "6.4", "20"]
    publish(out)
    page = (out / "feedback" / "submission_102.html").read_text()
    assert "2 days late at 10% each" in page
    assert "That leaves 6.4 points." in page
    assert "late at" not in (out / "feedback" / "submission_101.html").read_text()


def test_a_policy_can_be_ended(out: Path) -> None:
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(
            commands.export, ["--out", str(out), "--format", "csv", *arguments]
        )

    def finals() -> list[str]:
        return [row["final"] for row in read(out / "export" / "grades.csv")]

    assert command("--due", "2026-11-20T12:00+00:00", "--late", "10%/day").exit_code == 0
    assert finals() == ["20", "6.4", "20"]
    refused = command("--due", "never", "--late", "10%/day")
    assert refused.exit_code == 2
    assert "due is never; --late and --grace need --due with a time" in refused.output
    assert command("--due", "never").exit_code == 0
    assert finals() == ["20", "8", "20"]
    assert "late at" not in (out / "feedback" / "submission_102.html").read_text()


@pytest.mark.parametrize(
    ("late", "grace", "policy"),
    [
        ("10%/day", "15min", LatePolicy(DUE.timestamp(), 10, "%", "day", 900)),
        ("2 points/hour", "", LatePolicy(DUE.timestamp(), 2, "points", "hour", 0)),
        ("5 % per week", "2h", LatePolicy(DUE.timestamp(), 5, "%", "week", 7200)),
        ("", "", LatePolicy(DUE.timestamp())),
    ],
)
def test_policies_are_read(late: str, grace: str, policy: LatePolicy) -> None:
    assert parse_policy("2026-11-20T12:00+00:00", late, grace) == policy


@pytest.mark.parametrize(
    "arguments", [("soon",), ("2026-11-20", "a lot"), ("2026-11-20", "1%/day", "some")]
)
def test_policies_that_nobody_can_read_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=arguments[-1]):
        parse_policy(*arguments)


@pytest.mark.parametrize(
    ("minutes", "taken"), [(-60, 0), (15, 0), (16, 4), (1440, 4), (1441, 8), (99_999, 40)]
)
def test_every_day_begun_costs(minutes: float, taken: float) -> None:
    late = lateness(LATE, submitted(DUE.timestamp() + 60 * minutes), 40.0)
    assert (0 if late is None else late.deduction) == taken


def test_unknown_times_cost_nothing() -> None:
    assert lateness(LATE, submitted(None), 40.0) is None
    marked = msgspec.structs.replace(submitted(None), late=True)
    late = lateness(LATE, marked, 40.0)
    assert late is not None
    assert late.deduction == 0
    assert lateness(None, marked, 40.0) is None


def submitted(at: float | None) -> Submission:
    return Submission("a", "a", "a", "a", submitted_at=at, time_source="gradescope")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody", "router", 5, "why"), "no such submission"),
        (("submission_101", "rope", 5, "why"), "router, moe_layer"),
        (("submission_101", "router", 11, "why"), "0 to 10"),
        (("submission_101", "router", -1, "why"), "0 to 10"),
        (("submission_101", "router", float("nan"), "why"), "0 to 10"),
        (("submission_101", "router", 5, "  "), "why is empty"),
    ],
)
def test_adjustments_that_do_not_fit_are_refused(
    out: Path, arguments: tuple[str, str, float, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        adjust(out, *arguments)


def test_a_person_may_mark_what_could_not_be_graded(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "raise"})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    adjust(tmp_path / "out", "ben", "router", 7, "read by hand", "Prof. X")
    publish(tmp_path / "out")
    rows = {row["submission"]: row for row in read(tmp_path / "out" / "grades.csv")}
    assert (rows["ben"]["router"], rows["ben"]["total"], rows["ben"]["status"]) == (
        "7", "7", "not graded",
    )  # fmt: skip


class StricterEngine(fakes.FakeEngine):
    """The tests have changed: the shape test is now failed by everybody."""

    name = "fake-1"

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        outcome = super().grade_notebook(package, notebook)
        sections = tuple(
            msgspec.structs.replace(
                section,
                tests=tuple(
                    msgspec.structs.replace(test, points=0.0) if test.name == "test_shape" else test
                    for test in section.tests
                ),
            )
            for section in outcome.sections
        )
        return msgspec.structs.replace(outcome, sections=sections)


STRICTER = msgspec.structs.replace(OPTIONS, engine="tests.outputs.test_export:StricterEngine")
CHANGED = {
    lesson: msgspec.structs.replace(package, digest=f"new {lesson}")
    for lesson, package in fakes.PACKAGES.items()
}


def totals(out: Path) -> list[float | None]:
    with Gradebook.open(out) as book:
        return [row.total for row in book.rows()]


def test_regrade_shows_who_moves_and_which_test_did_it(out: Path) -> None:
    before = (out / "gradebook.sqlite").read_bytes()
    result = regrade(out, CHANGED, STRICTER)
    assert (result.replayed, result.submissions, result.applied) == (3, 3, False)
    move = result.moves[0]
    assert (move.submission, move.before, move.after) == ("submission_101", 20, 14)
    assert [(t.exercise, t.test, t.before, t.after) for t in move.tests] == [
        ("router", "test_shape", 3, 0),
        ("moe_layer", "test_shape", 3, 0),
    ]
    assert totals(out) == [20, 8, 20]
    buffer = io.StringIO()
    print_regrade(Console(file=buffer, width=100), result)
    assert "submission_101, lesson-one: 20 to 14 (-6)" in buffer.getvalue()
    assert "router: test_shape 3 to 0" in buffer.getvalue()
    assert (out / "gradebook.sqlite").read_bytes() == before


def test_regrade_applied_keeps_what_people_decided(out: Path) -> None:
    adjust(out, "submission_102", "router", 9, "the idea is right", "Prof. X")
    assert regrade(out, CHANGED, STRICTER, apply=True).applied
    assert totals(out) == [14, 10, 14]


def test_regrade_with_the_same_tests_has_nothing_to_do(out: Path) -> None:
    assert regrade(out, fakes.PACKAGES, OPTIONS).replayed == 0
    assert regrade(out, fakes.PACKAGES, OPTIONS).moves == ()


def test_a_regrade_that_fails_leaves_every_mark(out: Path, tmp_path: Path) -> None:
    broken = msgspec.structs.replace(OPTIONS, engine="tests.fakes:BrokenEngine")
    with pytest.raises(PoolError):
        regrade(out, CHANGED, broken, apply=True)
    assert totals(out) == [20, 8, 20]
    with pytest.raises(GradebookError, match="no gradebook"):
        regrade(tmp_path / "empty", CHANGED, OPTIONS)
    assert not (tmp_path / "empty").exists()
