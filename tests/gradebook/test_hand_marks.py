"""Hand marks follow the person and know the work; attempts are those of all runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.errors import InvalidInput
from autograder.gradebook.decisions import adjust, adjust_from, keep, link
from autograder.gradebook.records import HandMarkState
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage, Notebook, NotebookOutcome
from autograder.outputs.csv_tables import csv_text, todo_table
from autograder.outputs.publish import publish
from tests import fakes
from tests.gradebook.builder import HandIn, grade, hand_in, person, rows, totals

ANN = person(email="ann@uni.edu", name="Ann Ames")
BEN = person(email="ben@uni.edu", name="Ben Boyd")
ROUTER_ANSWER, MOE_ANSWER = 2, 5
"""Places of the answer cells in the notebook of lesson one."""


def answered(router: str, moe: str = "x = 1", **changes: Any) -> HandIn:
    return hand_in(ANN, cells={ROUTER_ANSWER: router, MOE_ANSWER: moe}, **changes)


def state(out: Path) -> tuple[float | None, list[HandMarkState]]:
    row = rows(out)["Ann Ames", "lesson-one"]
    return row.total, [mark.state for mark in row.hand_marks]


def test_the_same_file_under_another_number_keeps_its_mark(tmp_path: Path) -> None:
    """The next Canvas download renumbers every file."""
    alice = person(canvas_id="77", name="adamsalice")
    first = hand_in(
        alice, command="fail", name="adamsalice_77_900_lab", source="canvas", number=900
    )
    grade(tmp_path, first)
    adjust(tmp_path, "adamsalice", "router", 6, "close", "X")
    again = hand_in(
        alice, command="fail", name="adamsalice_77_999_lab", source="canvas", number=999
    )
    assert str(grade(tmp_path, again).notices.recorded) == "0 new, 0 changed, 1 as before"
    (row,) = rows(tmp_path).values()
    assert (row.total, row.attempts) == (10, 1)
    assert row.submission.name == "adamsalice_77_999_lab"


def test_a_new_attempt_puts_a_hand_mark_on_hold_until_it_is_kept(tmp_path: Path) -> None:
    grade(tmp_path, answered("a = 1", command="fail", when="2026-11-18"))
    adjust(tmp_path, "ann", "router", 6, "close", "X")
    assert state(tmp_path) == (10, ["counts"])
    grade(tmp_path, answered("a = 2", when="2026-11-19"))
    assert state(tmp_path) == (20, ["on hold"])
    publish(tmp_path)
    report = (tmp_path / "report.html").read_text()
    assert (
        "1 hand mark was given for an earlier attempt: the tests count until you confirm" in report
    )
    keep(tmp_path, "ann", "router", "Y")
    assert state(tmp_path) == (16, ["counts"])
    (mark,) = rows(tmp_path)["Ann Ames", "lesson-one"].hand_marks
    assert (mark.points, mark.why, mark.who) == (6, "close", "Y")
    with pytest.raises(InvalidInput, match="no points on hold for router"):
        keep(tmp_path, "ann", "router")


def test_a_hand_mark_counts_where_its_exercise_has_the_same_code(tmp_path: Path) -> None:
    grade(tmp_path, answered("a = 1", "b = 1", command="fail", when="2026-11-18"))
    adjust(tmp_path, "ann", "router", 6, "close", "X")
    adjust(tmp_path, "ann", "moe_layer", 7, "close", "X")
    # The first cell of the fake notebook, "what the engine is to do", belongs to the router.
    grade(tmp_path, answered("a = 1", "b = 2", command="fail", when="2026-11-19"))
    states = {
        mark.exercise: mark.state for mark in rows(tmp_path)["Ann Ames", "lesson-one"].hand_marks
    }
    assert states == {"router": "counts", "moe_layer": "on hold"}


def test_a_file_that_could_not_be_graded_carries_a_mark_for_its_lesson(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN), hand_in(BEN, broken="ben.html is a web page."))
    adjust(tmp_path, "ben", "router", 8, "read in the browser", "X")
    row = rows(tmp_path)["Ben Boyd", "lesson-one"]
    assert (row.total, row.status, row.points_by_exercise()) == (8, "not graded", {"router": 8})
    assert row.problem == "ben.html is a web page."
    # It stays where the file is gone from the next download, and waits where a notebook came.
    grade(tmp_path, hand_in(ANN))
    assert rows(tmp_path)["Ben Boyd", "lesson-one"].total == 8
    grade(tmp_path, hand_in(ANN), hand_in(BEN, command="fail"))
    row = rows(tmp_path)["Ben Boyd", "lesson-one"]
    assert (row.total, len(row.on_hold)) == (8, 1)


def test_two_files_that_cannot_be_read_are_two_rows(tmp_path: Path) -> None:
    files = [hand_in(ANN, broken=f"{name} is empty.", name=name) for name in ("a", "b")]
    grade(tmp_path, *files)
    with Gradebook.open(tmp_path) as book:
        assert [row.submission.attempt for row in book.rows()] == [1, 2]


def test_the_latest_is_by_time_then_by_number_then_by_arrival(tmp_path: Path) -> None:
    """99999990 was handed in before 100000010, whatever their order as text."""
    older = hand_in(ANN, command="fail", number=99_999_990, name="99999990")
    newer = hand_in(ANN, command="pass", number=100_000_010, name="100000010")
    grade(tmp_path, newer, older)
    assert totals(tmp_path) == {"Ann Ames": 20}
    grade(tmp_path, hand_in(ANN, command="event", when="2026-11-01"))
    assert rows(tmp_path)["Ann Ames", "lesson-one"].status == "graded with problems"


@pytest.mark.parametrize(("policy", "total"), [("first", 8), ("best", 20), ("latest", 8)])
def test_the_policy_chooses_among_the_attempts_of_all_runs(
    tmp_path: Path, policy: str, total: float
) -> None:
    for day, command in (("19", "pass"), ("18", "fail"), ("20", "fail again")):
        grade(tmp_path, hand_in(ANN, command=command, when=f"2026-11-{day}"), policy="best")
    grade(tmp_path, hand_in(ANN, command="pass", when="2026-11-19"), policy=policy)
    row = rows(tmp_path)["Ann Ames", "lesson-one"]
    assert (row.total, row.attempts) == (total, 3)


def test_linked_students_share_their_attempts_and_marks(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN, command="fail", when="2026-11-18"))
    adjust(tmp_path, "ann", "router", 6, "close", "X")
    grade(tmp_path, hand_in(person(folder="aa"), command="fail", when="2026-11-19", root="/b"))
    link(tmp_path, "aa", "ann")
    row = rows(tmp_path)["Ann Ames", "lesson-one"]
    assert (row.attempts, row.total) == (2, 10)


def test_a_groups_submission_stands_for_each_member(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN, BEN, command="fail", name="submission_101"))
    adjust(tmp_path, "submission_101", "router", 6, "close", "X")
    assert totals(tmp_path) == {"Ann Ames": 10, "Ben Boyd": 10}
    adjust(tmp_path, "ben", "router", 9, "he explained it", "X")
    assert totals(tmp_path) == {"Ann Ames": 10, "Ben Boyd": 13}


def test_many_marks_at_once_are_all_or_none(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN, command="fail"), hand_in(BEN))
    table = tmp_path / "todo.csv"
    lines = [
        "student,exercise,points,why",
        "ann@uni.edu,router,6,close",
        'Ben Boyd,moe_layer,"7,5",a comment',
        "Nobody,router,3,why",
        "Ben Boyd,router,11,too many",
        "Ben Boyd,router,,",
        "Ben Boyd,router,x,why",
    ]
    table.write_text("\n".join(lines))
    with pytest.raises(InvalidInput) as caught:
        adjust_from(tmp_path, table)
    for text in ("line 4: student is 'Nobody'", "line 5: points is 11; router has 0 to 10 points",
                 "line 7: points is 'x'", "Nothing was changed"):  # fmt: skip
        assert text in str(caught.value)
    assert totals(tmp_path) == {"Ann Ames": 8, "Ben Boyd": 20}
    table.write_text("\n".join([*lines[:3], lines[5]]))
    assert len(adjust_from(tmp_path, table)) == 2
    assert totals(tmp_path) == {"Ann Ames": 10, "Ben Boyd": 17.5}


def test_a_table_without_the_columns_is_refused(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN))
    (tmp_path / "marks.csv").write_text("student,points\n")
    with pytest.raises(InvalidInput, match="no column exercise, why"):
        adjust_from(tmp_path, tmp_path / "marks.csv")


def test_what_waits_for_a_person_is_a_table_that_adjust_reads(tmp_path: Path) -> None:
    grade(tmp_path, answered("a = 1", command="fail", when="2026-11-18"), hand_in(BEN, broken="x."))
    adjust(tmp_path, "ann", "router", 6, "close", "X")
    grade(
        tmp_path, answered("a = 2", command="event", when="2026-11-19"), hand_in(BEN, broken="x.")
    )
    with Gradebook.open(tmp_path) as book:
        header, *lines = todo_table(book.rows())
    waits = [(line[0], line[1], line[2], line[header.index("waits")]) for line in lines]
    assert waits[0] == ("Ben Boyd", "", "", "not graded: x.")
    assert waits[1] == (
        "Ann Ames",
        "router",
        "10",
        "on hold: 6 given for an earlier attempt (close)",
    )
    assert ("Ann Ames", "moe_layer", "10", "Cell 3 ran for 10 s and was stopped.") in waits
    lines[1][header.index("points")], lines[1][header.index("why")] = "7", "better now"
    (tmp_path / "todo.csv").write_text(csv_text([header, *lines]), encoding="utf-8-sig")
    adjust_from(tmp_path, tmp_path / "todo.csv")
    assert state(tmp_path) == (17, ["counts"])


class Unanswered(fakes.FakeEngine):
    """Sees no prediction and gives no points: what a released notebook earns."""

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        outcome = super().grade_notebook(package, notebook)
        parts = (
            msgspec.structs.replace(
                one,
                prediction=None,
                tests=tuple(msgspec.structs.replace(test, points=0.0) for test in one.tests),
            )
            for one in outcome.sections
        )
        return msgspec.structs.replace(outcome, sections=tuple(parts))


def test_a_notebook_as_released_is_told_from_one_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes, "FakeEngine", Unanswered)
    untouched = hand_in(ANN, command="predict of router")
    result = grade(tmp_path, untouched, hand_in(BEN, command="fail"))
    assert result.notices.as_released == ("Ann-Ames",)
