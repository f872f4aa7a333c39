"""The rows of a class are worked out once for each state of the gradebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.outputs.publish import publish
from tests.gradebook.builder import grade, hand_in, person

ANN = person(email="ann@uni.edu", name="Ann Ames")


def test_grading_and_its_pages_work_the_rows_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    real = Gradebook._rows

    def counted(book: Gradebook, *arguments: object) -> list[Row]:
        computed.append(arguments)
        return real(book, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Gradebook, "_rows", counted)
    result = grade(tmp_path, hand_in(ANN))
    publish(tmp_path, rows=result.rows)
    assert len(computed) == 1


def test_rows_follow_every_change_of_this_and_other_connections(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(ANN))
    with Gradebook.open(tmp_path) as one, Gradebook.open(tmp_path) as other:
        assert [row.student.name for row in one.rows()] == ["Ann Ames"]
        other.use_roster("name,email\nAnna Ames,ann@uni.edu\n", "names.csv")
        assert [row.student.name for row in one.rows()] == ["Anna Ames"]
        with one.trial(keep=False):
            one.use_roster("name,email\nAnja Ames,ann@uni.edu\n", "names.csv")
            assert [row.student.name for row in one.rows()] == ["Anja Ames"]
        assert [row.student.name for row in one.rows()] == ["Anna Ames"], "what is undone is gone"
