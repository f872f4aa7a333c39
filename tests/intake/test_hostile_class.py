"""What a student packs or how a file is called never decides who somebody is.

Each attack stands beside two honest students, who must keep their rows, names and notebooks.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from autograder.errors import IntakeError
from autograder.intake import Intake, discover, items, refuse_overlap
from tests import fakes
from tests.intake import layouts
from tests.intake.layouts import HandIn, Tree, hand_in, write_files, zipped

FORGED = (
    b"submission_9:\n  :submitters:\n  - :name: Ada\n    :sid: '1'\n    :email: ada@example.edu\n"
)


def nb(text: str) -> bytes:
    return fakes.notebook(f"pass # {text}")


def export_of_others() -> dict[str, bytes]:
    """A student's upload that looks like a whole class of others."""
    return {
        "submission_metadata.yml": FORGED,
        "submission_9/lab.ipynb": nb("forged as ada"),
        "ada/lab.ipynb": nb("forged as ada too"),
        "ben/lab.ipynb": nb("forged as ben"),
    }


def honest_and(name: str, content: bytes) -> dict[str, bytes]:
    honest = {f"{who}.zip": zipped({"lab.ipynb": nb(who)}) for who in ("ada", "ben")}
    return honest | {name: content}


def check(intake: Intake, ada: str = "ada", ben: str = "ben") -> None:
    """The honest have one notebook each, their own; the rest is another's."""
    for name in (ada, ben):
        own = [one for one in intake.submissions if one.student == name]
        assert len(own) == 1, [one.source for one in own]
        contents = (nb(text) for text in (name, name.lower(), name[0].lower()))
        assert own[0].content_hash in {hashlib.sha256(content).hexdigest() for content in contents}
    others = {one.key for one in intake.submissions if one.student not in (ada, ben)}
    assert len(others) <= 1


@pytest.mark.parametrize("as_paths", [False, True])
def test_a_zip_of_other_peoples_folders_is_its_owners(as_paths: bool, tmp_path: Path) -> None:
    files = honest_and("mallory.zip", zipped(export_of_others()))
    folder = write_files(tmp_path / "class", files)
    paths = sorted(folder.iterdir()) if as_paths else [folder]
    check(discover(paths, fakes.PACKAGES))


@pytest.mark.parametrize("platform", ["folders", "gradescope", "moodle", "canvas"])
def test_a_whole_class_inside_one_upload_is_one_students(platform: str, tmp_path: Path) -> None:
    uploads = [
        hand_in("Ada", {"lab.ipynb": nb("a")}),
        hand_in("Ben", {"lab.ipynb": nb("b")}),
        hand_in("mallory", export_of_others()),
    ]
    if platform == "canvas":
        uploads[2] = HandIn(uploads[2].students, {"mallory.zip": zipped(export_of_others())})
    build = {
        "folders": layouts.student_folders,
        "gradescope": layouts.gradescope_export,
        "moodle": layouts.moodle_folders,
        "canvas": layouts.canvas_download,
    }[platform]
    intake = discover([build(uploads).write(tmp_path / "class")], fakes.PACKAGES)
    names = ("ada", "ben") if platform == "canvas" else ("Ada", "Ben")
    check(intake, *names)
    assert [source.layout for source in intake.sources] == [platform]


@pytest.mark.parametrize(
    "name",
    [
        "ada_4711_98765_x.ipynb",
        "Ada_123_assignsubmission_file_x.ipynb",
        "1-2 - Ada - Sep 24, 2024 926 PM - x.ipynb",
        "Lab_ada_attempt_2026-11-20-10-11-12_x.ipynb",
        "Ada - lab.ipynb",
        "submission_metadata.yml",
    ],
)
def test_one_name_that_looks_like_a_platforms_is_a_name(name: str, tmp_path: Path) -> None:
    files = {"ada.ipynb": nb("a"), "ben.ipynb": nb("b"), name: nb("mallory")}
    if name.endswith(".yml"):
        files = {f"{who}/lab.ipynb": nb(who) for who in ("ada", "ben")}
        files |= {f"mallory/{name}": FORGED, "mallory/lab.ipynb": nb("mallory")}
    intake = discover([write_files(tmp_path / "class", files)], fakes.PACKAGES)
    check(intake)
    people = [who for one in intake.submissions for who in one.people]
    assert {one.kind for who in people for one in who.identifiers} == {"folder"}


def test_folders_inside_a_students_folder_make_no_class_of_it(tmp_path: Path) -> None:
    files = {f"{who}/things of mine/lab.ipynb": nb(who) for who in ("ada", "ben")}
    files |= {f"mallory/{who}/lab.ipynb": nb(f"as {who}") for who in ("ada", "ben", "cem")}
    check(discover([write_files(tmp_path / "class", files)], fakes.PACKAGES))


def test_an_upload_inside_blackboards_download_names_nobody_else(tmp_path: Path) -> None:
    page = b"Name: Ada (mallory)\nName: x\n"
    evil = hand_in("mallory", {"page.txt": page, "lab.ipynb": nb("mallory")})
    tree = layouts.blackboard_download(
        [hand_in("Ada", {"lab.ipynb": nb("a")}), hand_in("Ben", {"lab.ipynb": nb("b")}), evil]
    )
    check(discover([tree.write(tmp_path / "class")], fakes.PACKAGES), "Ada", "Ben")


def test_a_time_of_another_age_is_no_time(tmp_path: Path) -> None:
    name = "mallory_9999_12_31T23_59_59.zip"
    files = honest_and(name, zipped({"lab.ipynb": nb("m")}, {"lab.ipynb": 4e8}))
    intake = discover([write_files(tmp_path / "class", files)], fakes.PACKAGES)
    check(intake)
    (mallory,) = (one for one in intake.submissions if one.student == "mallory")
    assert (mallory.submitted_at, mallory.time_source) == (None, "")


def test_a_forged_timestamp_makes_no_nbgrader_class(tmp_path: Path) -> None:
    files = {f"{who}/lab/lab.ipynb": nb(who) for who in ("ada", "ben", "mallory")}
    files["mallory/lab/timestamp.txt"] = b"2001-01-01 00:00:00 UTC"
    intake = discover([write_files(tmp_path / "class", files)], fakes.PACKAGES)
    check(intake)
    assert [source.layout for source in intake.sources] == ["folders"]


def test_what_was_recognised_is_told(tmp_path: Path) -> None:
    uploads = [hand_in(who, {"lab.ipynb": nb(who)}) for who in ("Ada", "Ben")]
    tree: Tree = layouts.moodle_folders(uploads)
    tree.files["roster.csv"] = b"name"
    path = tree.write(tmp_path / "class")
    intake = discover([path], fakes.PACKAGES)
    (source,) = intake.sources
    assert (source.path, source.layout, source.students, source.notebooks) == (
        str(path), "moodle", 2, 2,
    )  # fmt: skip
    assert intake.passed_over == (("roster.csv", "no student's work"),)
    plain = discover([write_files(tmp_path / "plain", {"a.ipynb": nb("a")})], fakes.PACKAGES)
    assert plain.sources[0].title.endswith("(a guess)")


@pytest.mark.parametrize("out", ["class", "class/out", "."])
def test_output_and_input_inside_one_another_are_refused(out: str, tmp_path: Path) -> None:
    write_files(tmp_path / "class", {"a.ipynb": b""})
    with pytest.raises(IntakeError, match="choose an output folder elsewhere"):
        refuse_overlap([tmp_path / "class"], tmp_path / out)
    refuse_overlap([tmp_path / "class"], tmp_path / "classy")


def test_who_has_too_many_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One upload that ends the run must be found without looking through a class."""
    monkeypatch.setattr(items, "MAX_ITEMS", 5)
    files = {"ada/lab.ipynb": b"", "ben/lab.ipynb": b""}
    files |= {f"mallory/{number}.ipynb": b"" for number in range(4)}
    with pytest.raises(IntakeError, match=r"holds more than 5 files, 4 of them in .*/mallory;"):
        discover([write_files(tmp_path / "class", files)], fakes.PACKAGES)
