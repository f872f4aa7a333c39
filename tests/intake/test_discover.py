"""Whatever an instructor has, intake finds the notebooks and says a sentence about the rest."""

from __future__ import annotations

import io
import json
import os
import stat
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import IntakeError
from autograder.gradebook.late_rule import lateness, parse_policy
from autograder.intake import Submission, discover
from autograder.intake.archive import archive_items
from autograder.model import GradingPackage
from tests.intake.layouts import canvas_ids


def released(lesson: str) -> dict[str, Any]:
    metadata = {"exercise": lesson, "role": "given"}
    cells = [
        {"id": f"{lesson}-{n}", "cell_type": "code", "source": f"x = {n}", "metadata": metadata}
        for n in range(4)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"lesson": lesson}, "cells": cells}


PACKAGES = {
    slug: GradingPackage(
        lesson=slug,
        exercises=(exercise,),
        released=released(slug),
        tests={exercise: ""},
        digest=f"digest-{slug}",
    )
    for slug, exercise in (("lesson-one", "router"), ("lesson-two", "rope"))
}


def notebook(lesson: str = "lesson-one", text: str = "") -> bytes:
    content = released(lesson)
    content["cells"][0]["source"] = text
    return json.dumps(content).encode()


def write(path: Path, content: bytes, time: float = 1_700_000_000.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time, time))


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def found(*paths: Path) -> dict[str, Submission]:
    return {f"{s.name}/{s.attempt}": s for s in discover(paths, PACKAGES).submissions}


def test_folder_of_notebooks_with_three_broken_files(tmp_path: Path) -> None:
    write(tmp_path / "alice.ipynb", notebook())
    write(tmp_path / "bob.ipynb", notebook("lesson-two"))
    write(tmp_path / "carol.ipynb", b"")
    write(tmp_path / "dave.zip", b"PK\x03\x04 no archive")
    write(tmp_path / "erin.ipynb", notebook("another-course"))
    write(tmp_path / ".DS_Store", b"noise")
    write(tmp_path / "README.md", b"noise")
    submissions = found(tmp_path)
    assert {name: s.lesson for name, s in submissions.items()} == {
        "alice/1": "lesson-one",
        "bob/1": "lesson-two",
        "carol/1": None,
        "dave/1": None,
        "erin/1": None,
    }
    assert submissions["carol/1"].problem == "carol.ipynb is an empty file."
    assert submissions["dave/1"].problem == "dave.zip is a damaged zip archive."
    assert submissions["erin/1"].problem.startswith("erin.ipynb was not recognised.")


def test_keep_receives_every_recognised_notebook(tmp_path: Path) -> None:
    write(tmp_path / "alice.ipynb", notebook())
    write(tmp_path / "carol.ipynb", b"{}")
    kept: dict[str, bytes] = {}
    submissions = discover([tmp_path], PACKAGES, kept.__setitem__).submissions
    assert kept == {submissions[0].content_hash: notebook()}


def test_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no file or folder"):
        discover([tmp_path / "nowhere"], PACKAGES)


def test_folder_per_student_with_attempts_and_two_lessons(tmp_path: Path) -> None:
    write(tmp_path / "alice" / "work.ipynb", notebook(text="old"), time=1.6e9)
    write(tmp_path / "alice" / "work (1).ipynb", notebook(text="new"), time=1.7e9)
    write(tmp_path / "alice" / "other.ipynb", notebook("lesson-two"))
    write(tmp_path / "alice" / "notes.txt", b"not counted")
    write(tmp_path / "alice" / "cooking.ipynb", notebook("another-course"))
    write(tmp_path / "bob" / "essay.docx", b"text")
    (tmp_path / "carol").mkdir()
    write(tmp_path / "carol" / ".keep", b"")
    submissions = discover([tmp_path], PACKAGES).submissions
    alice = [(s.lesson, s.attempt, s.source) for s in submissions if s.name == "alice"]
    assert [(lesson, attempt) for lesson, attempt, _ in alice] == [
        ("lesson-one", 1),
        ("lesson-one", 2),
        ("lesson-two", 1),
    ]
    bob = next(s for s in submissions if s.name == "bob")
    assert bob.problem == "bob holds no notebook, only essay.docx (a Word document)."


def test_an_output_folder_is_passed_over_and_a_student_who_hands_one_in_is_not(
    tmp_path: Path,
) -> None:
    write(tmp_path / "out" / "gradebook.sqlite", b"ours")
    write(tmp_path / "out" / "results" / "ada.json", b"{}")
    write(tmp_path / "ada" / "gradebook.sqlite", b"a copy of the instructor's")
    write(tmp_path / "ada" / "lesson.ipynb", notebook())
    assert {name for name, one in found(tmp_path).items() if one.content_hash} == {"ada/1"}
    assert not any(name.startswith("out") for name in found(tmp_path))


def test_a_renamed_copy_beside_the_released_name_is_the_same_student(tmp_path: Path) -> None:
    write(tmp_path / "alice" / "lesson-one.ipynb", notebook(text="a"), time=1.7e9)
    write(tmp_path / "alice" / "scratch.ipynb", notebook(text="b"), time=1.6e9)
    submissions = found(tmp_path)
    assert submissions["alice/2"].submitted_at == 1.7e9


def test_otter_zip_is_read_in_memory_with_its_time(tmp_path: Path) -> None:
    name = "lesson-one_2026_11_20T10_11_12_123456.zip"
    write(tmp_path / "dana" / name, zipped({"lesson-one.ipynb": notebook(), ".OTTER_LOG": b"log"}))
    (dana,) = discover([tmp_path], PACKAGES).submissions
    assert (dana.name, dana.lesson, dana.time_source) == ("dana", "lesson-one", "file name")
    assert dana.submitted_at == datetime(2026, 11, 20, 10, 11, 12).timestamp()


def test_a_time_without_a_zone_is_read_on_our_own_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student who exports at 22:30 is in time for 23:59 wherever the class lives."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        name = "dana_2026_11_20T22_30_00_123456.zip"
        write(tmp_path / name, zipped({"lesson-one.ipynb": notebook()}))
        (dana,) = discover([tmp_path], PACKAGES).submissions
        policy = parse_policy("2026-11-20T23:59", "10%/day")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert dana.submitted_at == datetime(2026, 11, 21, 3, 30, tzinfo=UTC).timestamp()
    assert lateness(policy, dana, 10.0) is None


def test_otter_zips_without_a_student_in_their_names_stay_apart(tmp_path: Path) -> None:
    for day in (20, 21):
        name = f"lesson-one_2026_11_{day}T10_11_12_123456.zip"
        write(tmp_path / name, zipped({"lesson-one.ipynb": notebook(text=str(day))}))
    intake = discover([tmp_path], PACKAGES)
    assert len({one.key for one in intake.submissions}) == 2
    assert not any(map(canvas_ids, intake.submissions))
    assert "named after the lesson, not after a student" in intake.remarks[0]


@pytest.mark.parametrize(
    "names",
    [
        ("ada/lesson-one.ipynb", "ben/lesson-one.ipynb"),
        ("class/ada.ipynb", "class/ben.ipynb"),
        ("ada.ipynb", "ben.ipynb"),
    ],
)
def test_a_zip_of_a_whole_class_is_no_single_student(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    members = {name: notebook(text=name) for name in names}
    write(tmp_path / "class.zip", zipped(members))
    submissions = discover([tmp_path / "class.zip"], PACKAGES).submissions
    assert [one.name for one in submissions] == ["ada", "ben"]


def test_a_zip_of_one_student_is_one_student(tmp_path: Path) -> None:
    members = {"lesson-one.ipynb": notebook(), "lesson-two.ipynb": notebook("lesson-two")}
    write(tmp_path / "ada.zip", zipped(members))
    submissions = discover([tmp_path / "ada.zip"], PACKAGES).submissions
    assert [(one.name, one.lesson) for one in submissions] == [
        ("ada", "lesson-one"),
        ("ada", "lesson-two"),
    ]


def test_zip_slip_links_and_bombs_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.ipynb", notebook())
        archive.writestr("/etc/evil.ipynb", notebook())
        archive.writestr(link, "/etc/passwd")
    assert archive_items(buffer.getvalue()) == []
    write(tmp_path / "slip.zip", buffer.getvalue())
    write(tmp_path / "bomb.zip", zipped({"a.ipynb": b" " * (130 * 2**20)}))
    write(tmp_path / "many.zip", zipped({f"{n}.txt": b"" for n in range(2_100)}))
    problems = {s.name: s.problem for s in discover([tmp_path], PACKAGES).submissions}
    assert problems == {
        "slip": "slip.zip is an archive without a notebook.",
        "bomb": "bomb.zip/a.ipynb unpacks to more than 128 MiB.",
        "many": "many.zip is an archive of 2,100 files; the limit is 2,000.",
    }


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "secret", notebook())
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "mallory.ipynb").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.ipynb")
    problems = {s.name: s.problem for s in discover([folder], PACKAGES).submissions}
    assert problems["mallory"] == "mallory.ipynb is a symbolic link, which is not followed."
    assert problems["pipe"] == "pipe.ipynb is not an ordinary file."


def test_a_second_file_of_one_name_is_pointed_out(tmp_path: Path) -> None:
    write(tmp_path / "ada.ipynb", notebook(text="1"))
    write(tmp_path / "ada (1).ipynb", notebook(text="2"))
    (remark,) = discover([tmp_path], PACKAGES).remarks
    assert remark.startswith("ada.ipynb, ada (1).ipynb: almost one name")
    assert remark.endswith("Put one student's attempts into one folder.")


def test_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        write(tmp_path / "x.ipynb", b"\x00")
        expected = "content is not JSON"
    else:
        write(tmp_path / "x.ipynb", notebook())
        (tmp_path / "x.ipynb").chmod(0)
        expected = "permission denied"
    (one,) = discover([tmp_path], PACKAGES).submissions
    assert expected in one.problem
