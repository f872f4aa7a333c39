"""The tables and results that export writes, and what the late rule does to them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.cli import marks as commands
from autograder.gradebook.decisions import adjust
from autograder.outputs.export import export
from autograder.outputs.publish import publish
from tests.gradebook.builder import grade, hand_in, person
from tests.outputs.late import LATE

ALICE = person(email="alice@example.edu", sid="S1", name="Alice Adams")
BOB = person(email="bob@example.edu", sid="S2", name="Bob Baker")
NOBODY = person(email="nobody@example.edu", sid="S0", name="Nobody Here")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(
        tmp_path / "out",
        hand_in(ALICE, name="submission_101", when="2026-11-20 10:00"),
        hand_in(BOB, command="fail", name="submission_102", when="2026-11-21 13:00"),
        hand_in(NOBODY, name="submission_103", when="2026-11-20 10:00"),
    )
    return tmp_path / "out"


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_gradescope_json_takes_the_late_deduction_and_says_so(out: Path) -> None:
    exported = export(out, "gradescope", LATE)
    assert len(exported.paths) == 3
    bob = json.loads(
        (out / "export" / "gradescope" / "submission_102" / "lesson-one.json").read_text()
    )
    assert bob["score"] == pytest.approx(6.4)
    assert bob["tests"][-1]["name"] == "handed in late"
    assert "2 days late at 10% each" in bob["tests"][-1]["output"]
    assert sum(test.get("score", 0) for test in bob["tests"]) == pytest.approx(bob["score"])


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
        total = sum(test.get("score", 0) for test in result["tests"])
        assert total == pytest.approx(result["score"])
    bob = json.loads((path.parents[1] / "submission_102" / "lesson-one.json").read_text())
    assert bob["score"] == pytest.approx(10.4)
    told = {test["name"]: test for test in bob["tests"] if test.get("max_score") == 0}
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
    assert "6.4 of 20 points" in page
    assert "Before that it was 8 of 20 points." in page
    assert "late at" not in (out / "feedback" / "submission_101.html").read_text()


def test_a_policy_can_be_ended(out: Path) -> None:
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(
            commands.export, ["--out", str(out), "--format", "csv", *arguments]
        )

    def finals() -> list[str]:
        return [row["final"] for row in read(out / "export" / "marks.csv")]

    assert command("--due", "2026-11-20T12:00+00:00", "--late", "10%/day").exit_code == 0
    assert finals() == ["20", "6.4", "20"]
    refused = command("--due", "never", "--late", "10%/day")
    assert refused.exit_code == 2
    assert "due is never; --late and --grace need --due with a time" in refused.output
    assert command("--due", "never").exit_code == 0
    assert finals() == ["20", "8", "20"]
    assert "late at" not in (out / "feedback" / "submission_102.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("somebody", "router", 5, "why"), "no such student or submission"),
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
    grade(tmp_path, hand_in(ALICE, name="ann"), hand_in(BOB, name="ben", broken="ben is empty."))
    adjust(tmp_path, "ben", "router", 7, "read by hand", "Prof. X")
    publish(tmp_path)
    rows = {row["submission"]: row for row in read(tmp_path / "grades.csv")}
    assert (rows["ben"]["router"], rows["ben"]["total"], rows["ben"]["status"]) == (
        "7", "7", "not graded",
    )  # fmt: skip
