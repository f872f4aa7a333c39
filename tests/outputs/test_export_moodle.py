"""Moodle's grading worksheet comes back with its Grade column filled and nothing else changed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from autograder.errors import InvalidInput
from autograder.outputs.export import export
from tests.gradebook.builder import grade, hand_in, person

# As mod/assign/feedback/offline writes it.
WORKSHEET = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 815","Alice Adams",alice@example.edu,Submitted,,20.00,Yes,\
"Friday, 20 November 2026, 10:00 AM",-,
"Participant 816","Bob Baker",bob@example.edu,Submitted,7.00,20.00,No,-,-,locked
"Participant 817","Cleo Clark",cleo@example.edu,"No submission",,20.00,Yes,-,-,
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(
        tmp_path / "out",
        # The folder has Moodle's number of the participant, and the name.
        hand_in(person(moodle_id="815", name="Alice Adams"), command="fail"),
        hand_in(person(moodle_id="816", name="Bob Baker")),
        hand_in(person(moodle_id="815", name="Alice Adams"), lesson="lesson-two"),
    )
    return tmp_path / "out"


@pytest.fixture
def worksheet(tmp_path: Path) -> Path:
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    return tmp_path / "worksheet.csv"


def test_the_worksheet_is_filled_for_one_lesson(out: Path, worksheet: Path) -> None:
    exported = export(out, "moodle", roster=worksheet, lessons=["lesson-one"])
    before = list(csv.DictReader(io.StringIO(WORKSHEET)))
    after = list(csv.DictReader(io.StringIO(exported.paths[0].read_text())))
    assert [line["Grade"] for line in after] == ["8", "7.00", ""]
    for old, new in zip(before, after, strict=True):
        assert {**old, "Grade": ""} == {**new, "Grade": ""}
    said = "\n".join(exported.remarks)
    assert "Locked in Moodle, left as they are: Bob Baker." in said
    assert "lesson-one not handed in by Cleo Clark." in said


def test_other_points_than_moodles_are_said(out: Path, worksheet: Path) -> None:
    remarks = export(out, "moodle", roster=worksheet, lessons=["lesson-two"]).remarks
    assert "Moodle has 20.00 points, these are out of 10." in remarks


def test_a_worksheet_is_of_one_assignment(out: Path, worksheet: Path) -> None:
    with pytest.raises(InvalidInput, match="choose one with --lesson"):
        export(out, "moodle", roster=worksheet)
    with pytest.raises(InvalidInput, match="lesson is '5.3.9'; the lessons are lesson-one"):
        export(out, "moodle", roster=worksheet, lessons=["5.3.9"])


def test_another_roster_is_no_worksheet(out: Path, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("name,email\nAlice Adams,alice@example.edu\n")
    with pytest.raises(InvalidInput, match="not a grading worksheet of Moodle"):
        export(out, "moodle", roster=tmp_path / "names.csv", lessons=["lesson-one"])
