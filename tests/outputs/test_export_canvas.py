"""A gradebook for Canvas: its own columns filled, nothing cleared, nobody left out silently."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from autograder.errors import InvalidInput
from autograder.gradebook.decisions import adjust
from autograder.outputs.canvas import CANVAS_PERSON, find_column
from autograder.outputs.export import export
from tests.gradebook.builder import grade, hand_in, person
from tests.outputs.late import LATE

ALICE = person(email="alice@example.edu", sid="S1", name="Alice Adams")
BOB = person(email="bob@example.edu", sid="S2", name="Bob Baker")
NOBODY = person(email="nobody@example.edu", sid="S0", name="Nobody Here")
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Lesson One (4711),Current Score
    Points Possible,,,,,20,(read only)
"Adams, Alice",77,S1,alice,Monday,,
"Baker, Bob",78,S2,bob@example.edu,Friday,,
"Student, Test",79,,,Monday,,
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(
        tmp_path / "out",
        hand_in(ALICE, name="submission_101", when="2026-11-20 10:00"),
        hand_in(BOB, command="fail", name="submission_102", when="2026-11-21 13:00"),
        hand_in(NOBODY, name="submission_103", when="2026-11-20 10:00"),
    )
    return tmp_path / "out"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8-sig")
    return tmp_path / "roster.csv"


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_canvas_with_a_roster_has_canvas_own_columns(out: Path, roster: Path) -> None:
    exported = export(out, "canvas", roster=roster)
    rows = list(csv.reader(io.StringIO(exported.paths[0].read_text())))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lesson One (4711)"],
        ["    Points Possible", "", "", "", "", "20"],
        ["Adams, Alice", "77", "S1", "alice", "Monday", "20"],
        ["Baker, Bob", "78", "S2", "bob@example.edu", "Friday", "8"],
    ]
    (remark,) = exported.remarks
    assert remark.startswith("No row in the roster, so not in the file: Nobody Here (sid S0")
    assert export(out, "canvas").paths[0].read_text() == exported.paths[0].read_text(), (
        "the roster is remembered"
    )


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


TWO_LESSONS = """Student,ID,SIS User ID,SIS Login ID,Section,Lesson One (1),Lesson Two (2)
    Points Possible,,,,,100,10
"Adams, Alice",77,S1,alice,Monday,64,
"Baker, Bob",78,S2,bob,Friday,,EX
"Clark, Cleo",80,S9,cleo,Friday,15.5,
"""


def test_what_canvas_has_is_not_cleared_and_what_goes_down_is_said(tmp_path: Path) -> None:
    """Alice handed in the second lesson only; Bob is excused from it, and did it all the same."""
    out, cleo = tmp_path / "out", person(sid="S9", name="Cleo Clark")
    grade(
        out, hand_in(ALICE, lesson="lesson-two"), hand_in(BOB), hand_in(BOB, lesson="lesson-two"),
        hand_in(cleo, command="fail"),
    )  # fmt: skip
    (tmp_path / "roster.csv").write_text(TWO_LESSONS)
    exported = export(out, "canvas", roster=tmp_path / "roster.csv")
    possible, marks = as_canvas_imports(exported.paths[0].read_text())
    assert marks == {
        "77": {"Lesson One (1)": "64", "Lesson Two (2)": "10"},
        "78": {"Lesson One (1)": "20", "Lesson Two (2)": "EX"},
        "80": {"Lesson One (1)": "8", "Lesson Two (2)": ""},
    }
    assert possible == {"Lesson One (1)": "100", "Lesson Two (2)": "10"}
    said = "\n".join(exported.remarks)
    for sentence in (
        "Canvas has 100 points for Lesson one, these are out of 20.",
        "Excused in Canvas, left so: Bob Baker, Lesson Two (2).",
        "Lower than what Canvas has: Cleo Clark, Lesson One (1): 15.5 to 8.",
        "lesson-one not handed in by Alice Adams.",
        "lesson-two not handed in by Cleo Clark.",
    ):
        assert sentence in said


def test_each_member_of_a_group_has_a_row(tmp_path: Path, roster: Path) -> None:
    grade(tmp_path / "out", hand_in(ALICE, BOB, command="fail", name="submission_101"))
    _, marks = as_canvas_imports(
        export(tmp_path / "out", "canvas", roster=roster).paths[0].read_text()
    )
    assert {id_: mark["Lesson One (4711)"] for id_, mark in marks.items()} == {"77": "8", "78": "8"}


def test_the_one_with_the_number_gets_the_mark(tmp_path: Path, roster: Path) -> None:
    """Bob's e-mail begins like Alice's login."""
    bob = person(email="alice@uni.edu", sid="S2", name="Robert B.")
    grade(tmp_path / "out", hand_in(bob))
    exported = export(tmp_path / "out", "canvas", roster=roster)
    _, marks = as_canvas_imports(exported.paths[0].read_text())
    assert marks == {"78": {"Lesson One (4711)": "20"}}


def test_a_file_that_could_not_be_graded_has_the_mark_of_a_person(out: Path, roster: Path) -> None:
    page = hand_in(BOB, broken="page.html is a web page.", root="/2")
    grade(out, page, hand_in(ALICE, lesson="lesson-two", root="/2"))
    remarks = export(out, "canvas", roster=roster).remarks
    assert any(remark.startswith("Not graded, so not in the file: Bob-Baker") for remark in remarks)
    adjust(out, "bob", "rope", 8, "read in the browser", "X")
    exported = export(out, "canvas")
    bob = next(row for row in read(exported.paths[0]) if row["ID"] == "78")
    assert (bob["Lesson One (4711)"], bob["Lesson two"]) == ("8", "8")


@pytest.mark.parametrize("asked", ["Quiz 3 (9)", "Quiz 3", "lesson-one=Quiz 3"])
def test_the_column_may_be_named(out: Path, tmp_path: Path, asked: str) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER.replace("Lesson One (4711)", "Quiz 3 (9)"))
    exported = export(out, "canvas", roster=tmp_path / "roster.csv", columns=[asked])
    _, marks = as_canvas_imports(exported.paths[0].read_text())
    assert marks["77"] == {"Quiz 3 (9)": "20"}


def test_a_column_that_is_not_there_is_refused(out: Path, roster: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no such column; close are Lesson One \(4711\)"):
        export(out, "canvas", roster=roster, columns=["Lesson Uno"])
    assert not (out / "export" / "canvas.csv").exists()


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
    assert find_column((*CANVAS_PERSON, *columns), (), "5-3-1-mixture-of-experts") == place


def test_canvas_without_a_roster_says_what_is_missing(out: Path) -> None:
    exported = export(out, "canvas")
    assert [(row["Student"], row["SIS User ID"]) for row in read(exported.paths[0])][1:] == [
        ("Alice Adams", "S1"), ("Bob Baker", "S2"), ("Nobody Here", "S0"),
    ]  # fmt: skip
    assert "roster" in exported.remarks[0]


def test_canvas_names_lead_back_to_canvas_ids(tmp_path: Path) -> None:
    grade(tmp_path / "out", hand_in(person(canvas_id="77", name="adamsalice")))
    (row,) = read(export(tmp_path / "out", "canvas").paths[0])[1:]
    assert (row["Student"], row["ID"], row["Lesson one"]) == ("adamsalice", "77", "20")
