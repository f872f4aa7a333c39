"""Folders and files that no platform named: who is a student, and what is whose attempt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.intake import Intake, Submission, discover
from autograder.intake.names import short_hash
from tests import fakes
from tests.intake.layouts import canvas_ids, write_files, zipped

DAY = 86_400.0
NOT_READ = "which is not read: hand in the notebook itself or a zip."
FIRST = 1_795_000_000.0


def nb(text: str, lesson: str = "lesson-one") -> bytes:
    return fakes.notebook(f"pass # {text}", lesson)


def read(*paths: Path, layout: str = "") -> Intake:
    return discover(paths, fakes.PACKAGES, layout=layout)


def attempts(intake: Intake) -> dict[str, list[str]]:
    """Each student's sources, in the order of the attempts."""
    found: dict[str, list[Submission]] = {}
    for one in intake.submissions:
        found.setdefault(one.student, []).append(one)
    return {
        student: [one.source for one in sorted(several, key=lambda one: one.attempt)]
        for student, several in found.items()
    }


@pytest.mark.parametrize(
    "names",
    [("lab.ipynb", "lab_old.ipynb"), ("submitted/lab.ipynb", "draft/lab.ipynb"), ("b.ipynb", "a")],
)
def test_a_students_folder_is_one_student_whatever_is_in_it(
    names: tuple[str, str], tmp_path: Path
) -> None:
    newer, older = (name if name.endswith(".ipynb") else f"{name}/x.ipynb" for name in names)
    files = {f"ada/{newer}": nb("2"), f"ada/{older}": nb("1"), "ben/lab.ipynb": nb("ben")}
    times = {f"ada/{older}": FIRST, f"ada/{newer}": FIRST + DAY}
    found = attempts(read(write_files(tmp_path / "class", files, times)))
    assert found == {"ada": [f"ada/{older}", f"ada/{newer}"], "ben": ["ben/lab.ipynb"]}


def test_the_only_folder_of_drafts_is_one_student(tmp_path: Path) -> None:
    files = {"ada/draft/lab.ipynb": nb("1"), "ada/submitted/lab.ipynb": nb("2")}
    assert set(attempts(read(write_files(tmp_path / "class", files)))) == {"ada"}


@pytest.mark.parametrize(
    "names", [("20231234", "20231235"), ("lesson-one", "20231234"), ("1", "2")]
)
@pytest.mark.parametrize("below", ["", "class/"])
def test_a_zip_of_a_flat_class_has_as_many_students_as_files(
    names: tuple[str, str], below: str, tmp_path: Path
) -> None:
    path = tmp_path / "class.zip"
    path.write_bytes(zipped({f"{below}{name}.ipynb": nb(name) for name in names}))
    intake = read(path)
    assert len({one.key for one in intake.submissions}) == 2
    assert "lesson-one" in names or set(attempts(intake)) == set(names)


def test_a_zip_of_one_students_lessons_is_one_student(tmp_path: Path) -> None:
    files = {f"{lesson}.ipynb": nb(lesson, lesson) for lesson in fakes.PACKAGES}
    (tmp_path / "ada.zip").write_bytes(zipped(files))
    intake = read(tmp_path / "ada.zip")
    assert [(one.student, one.lesson) for one in intake.submissions] == [
        ("ada", "lesson-one"), ("ada", "lesson-two"),
    ]  # fmt: skip


def test_a_student_is_the_same_in_another_week_and_under_another_root(tmp_path: Path) -> None:
    for week, lesson in ((1, "lesson-one"), (2, "lesson-two")):
        write_files(tmp_path / f"week{week}", {"ada/lab.ipynb": nb("x", lesson)})
    first, second = (read(tmp_path / f"week{n}").submissions[0] for n in (1, 2))
    assert first.key == second.key
    both = read(tmp_path / "week1", tmp_path / "week2")
    assert len({one.key for one in both.submissions}) == 1
    assert {one.root for one in both.submissions} == {
        str(tmp_path / "week1"), str(tmp_path / "week2"),
    }  # fmt: skip


def test_weeks_and_sections_hold_students(tmp_path: Path) -> None:
    files = {
        f"{week}/{student}/lab.ipynb": nb(f"{week} {student}")
        for week in ("week1", "week2")
        for student in ("ada", "ben")
    }
    intake = read(write_files(tmp_path / "class", files))
    assert attempts(intake) == {
        "ada": ["week1/ada/lab.ipynb", "week2/ada/lab.ipynb"],
        "ben": ["week1/ben/lab.ipynb", "week2/ben/lab.ipynb"],
    }
    assert any(remark.startswith("week1, week2: taken for folders") for remark in intake.remarks)
    assert any("ada, ben: in several folders" in remark for remark in intake.remarks)
    forced = read(tmp_path / "class", layout="folders")
    assert set(attempts(forced)) == {"week1", "week2"}


def test_a_folder_for_each_lesson_is_no_student(tmp_path: Path) -> None:
    files = {
        f"{student}/5-3-{n} lab/lab.ipynb": nb(f"{student} {n}", lesson)
        for student in ("ada", "ben")
        for n, lesson in enumerate(fakes.PACKAGES)
    }
    assert set(attempts(read(write_files(tmp_path / "class", files)))) == {"ada", "ben"}


def test_a_folder_of_files_is_one_student_and_the_guess_is_said(tmp_path: Path) -> None:
    files = {f"Monday/{student}.ipynb": nb(student) for student in ("ada", "ben")}
    path = write_files(tmp_path / "class", files)
    intake = read(path)
    assert set(attempts(intake)) == {"Monday"}
    assert any("Monday: several notebooks of one lesson" in remark for remark in intake.remarks)
    assert set(attempts(read(path, layout="files"))) == {"ada", "ben"}
    assert set(attempts(read(path / "Monday"))) == {"ada", "ben"}


def test_files_given_one_by_one_are_a_flat_class(tmp_path: Path) -> None:
    files = {"a_77_90001_x.ipynb": nb("1"), "b_78_90002_x.ipynb": nb("2")}
    write_files(tmp_path, files)
    intake = read(*(tmp_path / name for name in files))
    assert [canvas_ids(one) for one in intake.submissions] == [["77"], ["78"]]
    assert {one.root for one in intake.submissions} == {str(tmp_path / name) for name in files}


def test_otters_zips_are_attempts_of_the_name_before_their_time(tmp_path: Path) -> None:
    files = {
        f"dana_2026_11_{day}T10_00_00_123456.zip": zipped({"dana.ipynb": nb(str(day))})
        for day in (21, 20)
    }
    intake = read(write_files(tmp_path / "class", files))
    assert [(one.student, one.attempt, one.source[13:15]) for one in intake.submissions] == [
        ("dana", 1, "20"), ("dana", 2, "21"),
    ]  # fmt: skip


def test_a_lessons_own_name_tells_nobody(tmp_path: Path) -> None:
    """Two runs must not take two unknown students for one."""
    first = write_files(tmp_path / "week1", {"lesson-one.ipynb": nb("somebody")})
    second = write_files(tmp_path / "week2", {"Copy of lesson-one (1).ipynb": nb("else")})
    intake = read(first, second)
    assert len({one.key for one in intake.submissions}) == 2
    assert any("named after the lesson" in remark for remark in intake.remarks)


def test_an_otter_zip_in_a_students_zip_is_read(tmp_path: Path) -> None:
    inner = zipped({"lab.ipynb": nb("inner")})
    files = {"ada.zip": zipped({"export_2026_11_20T10_00_00.zip": inner}), "ben.ipynb": nb("b")}
    ada = read(write_files(tmp_path / "class", files)).submissions[0]
    assert (ada.student, ada.lesson, ada.time_source) == ("ada", "lesson-one", "file name")


def test_the_same_notebook_twice_in_one_hand_in_is_one_attempt(tmp_path: Path) -> None:
    files = {"ada/lab.ipynb": nb("x"), "ada/export.zip": zipped({"lab.ipynb": nb("x")})}
    files |= {"ben/lab.ipynb": nb("y")}
    intake = read(write_files(tmp_path / "class", files))
    assert [one.student for one in intake.submissions] == ["ada", "ben"]
    assert any(reason.startswith("the same notebook as") for _, reason in intake.passed_over)


def test_three_lessons_in_one_notebook_are_three_results(tmp_path: Path) -> None:
    cells = fakes.released("lesson-two")["cells"]
    files = {"ada.ipynb": fakes.notebook("pass", cells=cells), "ben.ipynb": nb("b")}
    intake = read(write_files(tmp_path / "class", files))
    ada = [one for one in intake.submissions if one.student == "ada"]
    assert [one.lesson for one in ada] == ["lesson-one", "lesson-two"]
    assert len({one.content_hash for one in ada}) == 1


def test_what_is_nobodys_work_is_passed_over_and_said(tmp_path: Path) -> None:
    files = {
        "roster.csv": b"name",
        "notes.txt": b"call Ada",
        "syllabus.pdf": b"%PDF",
        "index.html": b"<html>",
        "ada/lab.ipynb": nb("ada"),
        "ada/.ipynb_checkpoints/lab-checkpoint.ipynb": nb("older"),
        "ada/cooking.ipynb": b'{"nbformat": 4, "cells": []}',
        "ada/.DS_Store": b"x",
        "ben/lab.ipynb": nb("ben"),
    }
    intake = read(write_files(tmp_path / "class", files))
    assert attempts(intake) == {"ada": ["ada/lab.ipynb"], "ben": ["ben/lab.ipynb"]}
    passed = dict(intake.passed_over)
    assert passed.pop("ada/cooking.ipynb").startswith("was not recognised.")
    assert passed.pop("ada/.ipynb_checkpoints/lab-checkpoint.ipynb") == "a checkpoint of Jupyter's"
    assert set(passed) == {"roster.csv", "notes.txt", "syllabus.pdf", "index.html"}


def test_a_broken_notebook_beside_a_good_one_is_not_passed_over(tmp_path: Path) -> None:
    files = {"ada/one.ipynb": nb("x"), "ada/two.ipynb": b'{"nbformat": 4,\n "ce'}
    intake = read(write_files(tmp_path / "class", files))
    assert [one.problem for one in intake.submissions if one.problem] == [
        "ada/two.ipynb is a damaged notebook: its JSON is cut off, line 2."
    ]


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("ada.py", "is a Python script, not a notebook: hand in the .ipynb file."),
        ("ada.html", "is a web page, not a notebook: hand in the .ipynb file."),
        ("ada.pdf", "is a PDF, not a notebook: hand in the .ipynb file."),
        ("ada.rar", f"is a RAR archive, {NOT_READ}"),
        ("ada.7z", f"is a 7z archive, {NOT_READ}"),
        ("ada.tar.gz", f"is a tar archive, {NOT_READ}"),
    ],
)
def test_a_kind_that_is_not_wanted_is_named(name: str, phrase: str, tmp_path: Path) -> None:
    files = {name: b"something", "ben.ipynb": nb("ben")}
    problems = [one.problem for one in read(write_files(tmp_path / "c", files)).submissions]
    assert problems == [f"{name} {phrase}", ""]


@pytest.mark.parametrize("name", ["ada.ipynb.txt", "ada.ipynb.json", "ada.txt", "ada.json"])
def test_a_notebook_under_another_ending_is_read(name: str, tmp_path: Path) -> None:
    files = {name: nb("ada"), "ben.ipynb": nb("ben")}
    found = read(write_files(tmp_path / "class", files)).submissions
    assert [(one.student, one.lesson) for one in found] == [
        ("ada", "lesson-one"), ("ben", "lesson-one"),
    ]  # fmt: skip


def test_side_by_side_names_that_are_equal_when_compared_are_two_students(tmp_path: Path) -> None:
    names = {"ada", "ADA", "J\u00f6rg", "Jo\u0308rg"}
    files = {f"{name}/lab.ipynb": nb(f"{name!a}") for name in names}
    intake = read(write_files(tmp_path / "class", files))
    assert len({one.key for one in intake.submissions}) == 4
    assert len({one.name.casefold() for one in intake.submissions}) == 4
    # Nobody can change another's name by one of their own.
    assert {one.student for one in intake.submissions} == names


def test_bytes_that_only_look_like_a_name_do_not_take_it(tmp_path: Path) -> None:
    real, fake = "m\u00fcller", os.fsdecode(b"m\xfcller")
    files = {f"{real}/lab.ipynb": nb("real"), f"{fake}/lab.ipynb": nb("fake")}
    one, other = read(write_files(tmp_path / "class", files)).submissions
    assert {one.student, other.student} == {real, f"{real} ({short_hash(fake)})"}
    assert one.key != other.key
