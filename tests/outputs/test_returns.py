"""Feedback goes back in each platform's own shape, and nobody gets anything of anybody else."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.grading.grade import Options, grade_class
from autograder.intake.archive import archive_items
from autograder.intake.layouts import by_name
from autograder.outputs.returns import CANVAS_SHOWS, return_feedback
from tests import fakes
from tests.gradebook.builder import HandIn, at_once, grade, hand_in, person
from tests.intake import layouts
from tests.intake.layouts import Tree

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
    numbers = {path: canvas_reads(path) for path in pages}
    assert sorted(numbers.values()) == [("901", "701"), ("902", "702")]
    assert_own(pages, {path: {int(user) - 900} for path, (user, _) in numbers.items()})


def handed_in() -> list[layouts.HandIn]:
    """Three students: one late, with numbers in the file's name, and one whose file is a "link"."""
    files = {
        "Ada Lovelace": "lab.ipynb", "Ben Boole": "5_301_lab.ipynb", "Cleo Demir": "my_link.ipynb",
    }  # fmt: skip
    return [
        layouts.hand_in(name, {file: fakes.notebook(f"pass # {name}")}, late=name.startswith("Ben"))
        for name, file in files.items()
    ]


def anonymous(entries: list[layouts.HandIn]) -> Tree:
    return layouts.canvas_download(entries, anonymous=True)


def blind(entries: list[layouts.HandIn]) -> Tree:
    return layouts.moodle_folders(entries, blind=True)


def canvas_reads(name: str) -> tuple[str, str]:
    """Student and attachment as ``infer_comment_context_from_filename`` finds them."""
    parts = [part for part in name.split("_") if part != "LATE"]
    assert not parts[-1].startswith("link"), f"Canvas ignores {name}"
    if parts[0] == "anon":
        return parts[1], parts[2]
    user, attachment = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
    return user, attachment


def moodle_reads(name: str) -> tuple[str, str, str]:
    """The participant, the plug-in and the file as ``is_valid_filename_for_import`` finds them."""
    folder, _, file = name.partition("/")
    _, participant, kind, plugin, *rest = folder.split("_", 4)
    return participant, f"{kind}_{plugin}", "".join(rest) + file


def returned(tree: Tree, platform: str, folder: Path) -> tuple[Path, Path]:
    """Grade a platform's download, and give it back: the download, and what goes back."""
    given = tree.write(folder / "class.zip")
    with patch("autograder.grading.grade.run_tasks", at_once):
        grade_class([given], folder / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE))
    result = return_feedback(folder / "out", platform)  # type: ignore[arg-type]
    return given, result.paths[0]


@pytest.mark.parametrize(
    ("platform", "build"),
    [
        ("canvas", layouts.canvas_download),
        ("canvas", anonymous),
        ("moodle", layouts.moodle_folders),
        ("moodle", layouts.moodle_flat),
        ("moodle", blind),
    ],
    ids=["canvas", "anonymous", "moodle", "flat", "blind"],
)
def test_what_goes_back_names_whom_the_download_named(
    platform: str, build: Callable[[list[layouts.HandIn]], Tree], tmp_path: Path
) -> None:
    """Read by the same layout as the platform's own download, and as the platform reads it."""
    given, back = returned(build(handed_in()), platform, tmp_path)
    layout = by_name(platform)
    found = {}
    for path in (given, back):
        items = archive_items(path)
        assert layout.fit(items) == 1.0
        found[path] = {(one.people, one.number, one.late) for one in layout.read(items).hand_ins}
    assert len(found[back]) == 3
    assert found[back] == found[given]
    students = {str(one.students[0].id): str(one.number) for one in handed_in()}
    if platform == "canvas":
        read = {(user.lstrip("0"), number) for user, number in map(canvas_reads, contents(back))}
        assert read == set(students.items())
    else:
        found_there = {moodle_reads(name) for name in contents(back)}
        assert found_there == {(one, "assignsubmission_file", "feedback.html") for one in students}


def test_a_text_entry_at_canvas_is_named_as_without_a_page(tmp_path: Path) -> None:
    text = layouts.hand_in("Dee Dorn", {"text": b"<p>I have no laptop.</p>"})
    tree = layouts.canvas_download([*handed_in(), text])
    _, back = returned(tree, "canvas", tmp_path)
    assert len(contents(back)) == 3
    (remark,) = return_feedback(tmp_path / "out", "canvas").remarks[1:]
    assert remark.endswith("so without a page: dorndee.")


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
