"""Feedback goes back in each platform's own shape, and nobody gets anything of anybody else."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.outputs.returns import CANVAS_SHOWS, return_feedback
from tests.gradebook.builder import HandIn, grade, hand_in, person

NAMES = ("Ada Lovelace", "Alan Turing", "Grace_Hopper", "Zoë Ünal")


def class_of(layout: str) -> list[HandIn]:
    """Four students, each with a secret line of code; the two last handed in as a group."""
    found = []
    for number, name in enumerate(NAMES[:2], 1):
        one = person(name=name, email=f"s{number}@uni.edu",
                     **{f"{layout}_id": str(900 + number)})  # fmt: skip
        file = f"{name.split()[1].lower()}_{900 + number}_{700 + number}_lab"
        found.append(
            hand_in(one, command=f"fail # secret{number}", name=file, source=layout)
        )  # fmt: skip
    members = [
        person(name=name, email=f"s{number}@uni.edu", **{f"{layout}_id": str(900 + number)})
        for number, name in enumerate(NAMES[2:], 3)
    ]
    group = hand_in(*members, command="pass # secret34", name="team_903_703_lab", source=layout)
    return [*found, group]


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def assert_own(pages: dict[str, str], owners: dict[str, set[int]]) -> None:
    """Each page names its owners' secrets and nobody else's name, e-mail or code."""
    for place, page in pages.items():
        for number, name in enumerate(NAMES, 1):
            secret = "secret34" if number > 2 else f"secret{number}"
            if number in owners[place]:
                assert secret in page
            elif not owners[place] & {3, 4} or number <= 2:
                assert secret not in page
            if number not in owners[place]:
                assert name not in page
                assert f"s{number}@uni.edu" not in page


def test_moodle_gets_a_folder_of_its_own_for_each_participant(tmp_path: Path) -> None:
    grade(tmp_path, *class_of("moodle"))
    result = return_feedback(tmp_path, "moodle")
    assert result.paths == (tmp_path / "export" / "feedback-moodle-lesson-one.zip",)
    pages = contents(result.paths[0])
    # As importziplib.php splits it: name, participant, plug-in, and the rest is the file.
    split = {path: path.split("/")[0].split("_", 4) for path in pages}
    assert {parts[1] for parts in split.values()} == {"901", "902", "903", "904"}
    assert {tuple(parts[2:]) for parts in split.values()} == {("assignsubmission", "file", "")}
    assert {path.split("/")[1] for path in pages} == {"feedback.html"}
    assert_own(pages, {path: {int(parts[1]) - 900} for path, parts in split.items()})


def test_canvas_gets_the_names_of_its_own_download(tmp_path: Path) -> None:
    hand_ins = class_of("canvas")[:2]
    grade(tmp_path, *hand_ins)
    result = return_feedback(tmp_path, "canvas")
    assert CANVAS_SHOWS in result.remarks
    pages = contents(result.paths[0])
    assert set(pages) == {"lovelace_901_701_lab.html", "turing_902_702_lab.html"}
    # As assignment.rb reads it: the first two parts that are numbers.
    numbers = {path: re.findall(r"(?<=_)\d+(?=_)", path)[:2] for path in pages}
    assert sorted(numbers.values()) == [["901", "701"], ["902", "702"]]
    assert_own(pages, {path: {int(found[0]) - 900} for path, found in numbers.items()})


def test_a_folder_for_each_student_with_a_page_for_each_lesson(tmp_path: Path) -> None:
    ada = person(name="Ada Lovelace", email="s1@uni.edu")
    grade(
        tmp_path,
        *class_of("gradescope"),
        hand_in(ada, command="pass # two", lesson="lesson-two", name="second"),
        hand_in(person(name="Eve"), broken="eve.ipynb is empty.", name="eve"),
    )
    folder = return_feedback(tmp_path, "folder").paths[0]
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    assert {path.split("/")[1] for path in found} == {
        "lesson-one.html", "lesson-two.html", "not-graded.html",
    }  # fmt: skip
    assert len([path for path in found if path.endswith("lesson-one.html")]) == 4
    one = next(folder.glob("*/lesson-two.html")).read_text()
    assert "secret1" not in one
    (folder / "stale.html").write_text("of an earlier export")
    return_feedback(tmp_path, "folder")
    assert not (folder / "stale.html").exists()


def test_who_cannot_be_returned_to_is_named(tmp_path: Path) -> None:
    broken = hand_in(person(name="Eve", moodle_id="77"), broken="eve is empty.", source="moodle")
    grade(tmp_path, *class_of("moodle"), hand_in(person(name="Bob")), broken)
    remarks = return_feedback(tmp_path, "moodle").remarks
    assert remarks == (
        "Without a participant's number of Moodle, or of no lesson, so without a page: Eve, Bob.",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--feedback", "canvas"], "nobody's work comes from a download of Canvas"),
        (["--feedback", "moodle"], "nobody has a participant's number of Moodle"),
        ([], "--format and --feedback are missing"),
        (["--feedback", "folder", "--lesson", "9.9.9"], "lesson is '9.9.9'"),
    ],
)
def test_what_cannot_go_back_is_a_sentence(tmp_path: Path, arguments: list[str], told: str) -> None:
    grade(tmp_path, hand_in(person(name="Bob")))
    result = CliRunner().invoke(main, ["export", "--out", str(tmp_path), *arguments])
    assert result.exit_code == 2
    assert told in result.output
    assert not list(tmp_path.glob("export/*"))


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    grade(tmp_path, *class_of("canvas")[:2])
    arguments = ["export", "--out", str(tmp_path), "--feedback", "canvas", "--format", "csv"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "marks.csv" in result.output
    assert "feedback-canvas-lesson-one.zip" in result.output
