"""The gradebook: nothing lost, nothing graded twice, nothing half-written, whatever happens."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest

from autograder.errors import GradebookError, IntakeError
from autograder.gradebook.decisions import adjust
from autograder.gradebook.store import FILE_NAME, Gradebook
from autograder.grading.grade import grade_class, locked
from autograder.model import GradingPackage
from autograder.outputs.publish import publish
from tests import fakes
from tests.gradebook.running import OPTIONS, counts, grade


def test_every_kind_of_submission_has_its_row(tmp_path: Path) -> None:
    folder = fakes.write_class(
        tmp_path / "class", {"ann": "pass", "ben": "fail", "cem": "event", "dot": "raise"}
    )
    (folder / "eve.ipynb").write_bytes(b"")
    assert grade(folder, tmp_path / "out") == {
        "ann": ("graded", 20),
        "ben": ("graded", 8),
        "cem": ("graded with problems", 20),
        "dot": ("not graded", None),
        "eve": ("not graded", None),
    }


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "event"})
    result = grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    with Gradebook.open(tmp_path / "out") as book:
        (row,) = book.rows()
        assert book.packages() == {"lesson-one": fakes.PACKAGES["lesson-one"]} | {
            "lesson-two": fakes.PACKAGES["lesson-two"]
        }
        assert book.last_run()["engine"] == "fake-1"
    assert row == result.rows[0]
    assert row.outcome is not None
    assert row.outcome.sections == tuple(
        fakes.section(exercise, "event") for exercise in ("router", "moe_layer")
    )


def test_nothing_is_graded_twice(tmp_path: Path, log: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "fail"})
    (folder / "twin.ipynb").write_bytes((folder / "ann.ipynb").read_bytes())
    first = grade(folder, tmp_path / "out")
    assert grade(folder, tmp_path / "out") == first
    assert first["twin"] == ("graded", 20)
    assert counts(log) == {"pass # ann": 1, "fail # ben": 1}


def test_fresh_grades_again(tmp_path: Path, log: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    grade(folder, tmp_path / "out")
    grade(folder, tmp_path / "out", fresh=True)
    assert counts(log) == {"pass # ann": 2}


def test_what_failed_is_tried_again_by_the_next_run(tmp_path: Path, log: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "raise"})
    grade(folder, tmp_path / "out")
    grade(folder, tmp_path / "out")
    assert counts(log) == {"raise # ann": 2}


def test_changed_and_new_files_are_followed(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "fail"})
    grade(folder, tmp_path / "out")
    os.utime(folder / "ann.ipynb", (1000, 1000))
    fakes.write_class(folder, {"ann": "fail", "cem": "pass"})
    result = grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    assert {row.submission.name: row.total for row in result.rows} == {
        "ann": 8, "ben": 8, "cem": 20,
    }  # fmt: skip
    assert str(result.notices.recorded) == "1 new, 1 changed, 1 as before"
    assert [row.attempts for row in result.rows] == [2, 1, 1]


def test_a_file_restored_counts_again(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    first = (folder / "ann.ipynb").read_bytes()
    for day, content in enumerate((first, fakes.notebook("fail"), first)):
        moment = 1_760_000_000 + 86_400 * day
        (folder / "ann.ipynb").write_bytes(content)
        os.utime(folder / "ann.ipynb", (moment, moment))
        rows = grade(folder, tmp_path / "out")
    assert rows == {"ann": ("graded", 20)}


def test_a_run_that_would_lose_students_stops_and_asks(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "fail"})
    before = grade(folder, tmp_path / "out")
    (folder / "ben.ipynb").unlink()
    fakes.write_class(folder, {"cem": "pass"})
    with pytest.raises(GradebookError, match=r"1 submissions.*ben.*--missing keep.*drop"):
        grade(folder, tmp_path / "out")
    with Gradebook.open(tmp_path / "out") as book:
        assert {row.submission.name for row in book.rows()} == {"ann", "ben"}
        assert book._one("SELECT COUNT(*) FROM notebooks")[0] == 2
    kept = grade(folder, tmp_path / "out", on_missing="keep")
    assert kept == before | {"cem": ("graded", 20)}
    assert grade(folder, tmp_path / "out") == kept, "nobody is asked twice"
    (folder / "cem.ipynb").unlink()
    assert set(grade(folder, tmp_path / "out", on_missing="drop")) == {"ann", "ben"}


def test_another_week_in_the_same_folder_loses_nothing(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "downloads", {"ann": "pass"})
    grade(folder, tmp_path / "out")
    (folder / "ann.ipynb").unlink()
    fakes.write_class(folder, {"ann": "fail"}, "lesson-two")
    result = grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    assert [(row.submission.lesson, row.total) for row in result.rows] == [
        ("lesson-one", 20), ("lesson-two", 4),
    ]  # fmt: skip


def test_a_file_that_could_not_be_read_is_replaced_by_one_that_can(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    (folder / "ben.ipynb").write_bytes(b"")
    grade(folder, tmp_path / "out")
    fakes.write_class(folder, {"ben": "pass"})
    assert grade(folder, tmp_path / "out") == {"ann": ("graded", 20), "ben": ("graded", 20)}


def test_a_student_in_two_folders_has_two_attempts(tmp_path: Path) -> None:
    monday = fakes.write_class(tmp_path / "monday", {"ann": "pass"})
    friday = fakes.write_class(tmp_path / "friday", {"ann": "fail"})
    os.utime(monday / "ann.ipynb", (1000, 1000))
    grade(monday, tmp_path / "out")
    assert grade(friday, tmp_path / "out") == {"ann": ("graded", 8)}
    # The order of the runs does not decide, the time does.
    assert grade(monday, tmp_path / "out") == {"ann": ("graded", 8)}
    assert grade(monday, tmp_path / "out", policy="best") == {"ann": ("graded", 20)}


@pytest.mark.parametrize(("policy", "total"), [("latest", 8), ("first", 8), ("best", 20)])
def test_policy_over_attempts(tmp_path: Path, policy: str, total: float) -> None:
    folder = tmp_path / "class" / "ann"
    folder.mkdir(parents=True)
    for number, command in enumerate(("fail", "pass", "fail again"), 1):
        path = folder / f"attempt{number}.ipynb"
        path.write_bytes(fakes.notebook(command))
        os.utime(path, (1000 * number, 1000 * number))
    assert grade(folder.parent, tmp_path / "out", policy=policy) == {"ann": ("graded", total)}


def test_adjustments_survive_and_are_kept_apart(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "fail"})
    grade(folder, tmp_path / "out")
    adjust(tmp_path / "out", "ann", "router", 9.5, "good idea", "Prof. X")
    assert grade(folder, tmp_path / "out", fresh=True) == {"ann": ("graded", 13.5)}
    with Gradebook.open(tmp_path / "out") as book:
        (row,) = book.rows()
    assert row.outcome is not None
    assert row.outcome.points == 8


def test_a_gradebook_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / FILE_NAME)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(GradebookError, match="newer version"):
        Gradebook.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_file_that_is_no_gradebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("not a database, but long enough to look like one" * 30)
    with pytest.raises(GradebookError, match="not a database"):
        Gradebook.open(tmp_path, create=True)


def test_no_gradebook_and_unusable_folder(tmp_path: Path) -> None:
    with pytest.raises(GradebookError, match="holds no gradebook"):
        Gradebook.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(GradebookError, match="cannot be"):
        Gradebook.open(tmp_path / "file" / "out", create=True)
    with pytest.raises(GradebookError, match="cannot be written"), locked(tmp_path / "file"):
        pass


def test_a_full_disk_is_a_sentence_and_keeps_what_was_graded(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    grade(folder, tmp_path / "out")
    with Gradebook.open(tmp_path / "out") as book:
        pages = book._one("PRAGMA page_count")[0]
        book._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(GradebookError, match="disk is full"):
            book.keep_notebook("hash", os.urandom(10_000_000))
        assert book.rows()[0].total == 20


def test_pages_that_do_not_fit_lose_no_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    grade(folder, tmp_path / "out")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("autograder.outputs.publish.write_report", full)
        with pytest.raises(GradebookError, match="No space left on device. The points are in the"):
            publish(tmp_path / "out")
    publish(tmp_path / "out")
    assert "ann,lesson-one,10,10,20,graded" in (tmp_path / "out" / "grades.csv").read_text()


@pytest.mark.parametrize(("source", "out"), [("a", "a"), ("a", "a/marks"), ("a/class", "a")])
def test_input_and_output_inside_one_another_are_refused(
    tmp_path: Path, source: str, out: str
) -> None:
    folder = fakes.write_class(tmp_path / source, {"ann": "pass"})
    with pytest.raises(IntakeError, match="lie inside one another"):
        grade(folder, tmp_path / out)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ann.ipynb"]


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    with locked(tmp_path / "out"), pytest.raises(GradebookError, match="Another run"):
        grade(folder, tmp_path / "out")


def other_tests(tag: str) -> dict[str, GradingPackage]:
    return {
        lesson: msgspec.structs.replace(package, digest=package.digest + tag)
        for lesson, package in fakes.PACKAGES.items()
    }


def test_changed_tests_never_move_marks_in_passing(tmp_path: Path, log: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "pass"})
    grade(folder, tmp_path / "out")
    late = fakes.write_class(tmp_path / "late", {"zoe": "pass"})
    with pytest.raises(GradebookError, match=r"2 of lesson-one.*regrade.*--fresh"):
        grade_class([late], tmp_path / "out", other_tests("2"), OPTIONS)
    with Gradebook.open(tmp_path / "out") as book:
        assert {row.submission.name for row in book.rows()} == {"ann", "ben"}
        assert book.packages() == fakes.PACKAGES
    fresh = msgspec.structs.replace(OPTIONS, fresh=True)
    result = grade_class([late], tmp_path / "out", other_tests("2"), fresh)
    # Everybody of the lesson is graded anew, so that one class has one version of its tests.
    assert counts(log) == {"pass # ann": 2, "pass # ben": 2, "pass # zoe": 1}
    assert result.graded == 3
    grade_class([folder], tmp_path / "out", other_tests("2"), OPTIONS)
    assert sum(counts(log).values()) == 5


def test_a_class_with_two_versions_of_its_tests_says_so_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "pass"})
    grade(folder, tmp_path / "out")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.grading.grade.run_tasks", interrupted)
    fresh = msgspec.structs.replace(OPTIONS, fresh=True)
    result = grade_class([folder], tmp_path / "out", other_tests("2"), fresh)
    said = "lesson-one: 2 still have the points that earlier tests gave"
    assert result.notices.remarks == (f"{said}.",)
    publish(tmp_path / "out")
    assert said in (tmp_path / "out" / "report.html").read_text()


def test_other_lessons_may_have_changed(tmp_path: Path, log: Path) -> None:
    first = fakes.write_class(tmp_path / "one", {"ann": "pass"})
    grade(first, tmp_path / "out")
    second = fakes.write_class(tmp_path / "two", {"ann": "fail"}, "lesson-two")
    changed = other_tests("2")
    grade_class([second], tmp_path / "out", changed, OPTIONS)
    assert counts(log) == {"pass # ann": 1, "fail # ann": 1}
    with Gradebook.open(tmp_path / "out") as book:
        used = book.packages()
    assert used["lesson-one"] == fakes.PACKAGES["lesson-one"]
    assert used["lesson-two"] == changed["lesson-two"]


def test_pages_are_made_with_the_package_used_last(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    fresh = msgspec.structs.replace(OPTIONS, fresh=True)
    for packages in (fakes.PACKAGES, other_tests("B"), fakes.PACKAGES):
        grade_class([folder], tmp_path / "out", packages, fresh)
    with Gradebook.open(tmp_path / "out") as book:
        assert book.packages()["lesson-one"].digest == "d-lesson-one"
