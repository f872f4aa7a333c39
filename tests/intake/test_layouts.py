"""Every layout tells who handed in, when and with which number, in each way it can be given."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from autograder.cli.main import main
from autograder.cli.terminal import print_intake
from autograder.errors import InvalidInput
from autograder.intake import Intake, Submission, discover
from autograder.intake.items import folder_items
from autograder.intake.layouts import LAYOUTS, by_name
from tests import fakes
from tests.intake import layouts
from tests.intake.layouts import HandIn, Student, Tree, canvas_ids, hand_in

AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
NAMES = ("Ada Lovelace", "Zo\u00eb Cruz")


def entries(**more: Any) -> list[HandIn]:
    """Two students' hand-ins, each with a notebook of its own."""
    files = {name: {"work.ipynb": fakes.notebook(f"pass # {name}")} for name in NAMES}
    return [hand_in(name, content, **more) for name, content in files.items()]


def read(path: Path, layout: str = "") -> Intake:
    return discover([path], fakes.PACKAGES, layout=layout)


def people(intake: Intake) -> dict[str, dict[str, str]]:
    """Each person's identifiers by kind."""
    return {
        who.name: {str(one.kind): one.value for one in who.identifiers}
        for submission in intake.submissions
        for who in submission.people
    }


SHAPES: dict[str, tuple[Callable[..., Tree], str, set[str], str]] = {
    "gradescope": (layouts.gradescope_export, "gradescope", {"sid", "email", "name"}, "gradescope"),
    "canvas": (layouts.canvas_download, "canvas", {"canvas_id", "name"}, ""),
    "moodle": (layouts.moodle_folders, "moodle", {"moodle_id", "name"}, ""),
    "moodle flat": (layouts.moodle_flat, "moodle", {"moodle_id", "name"}, ""),
    "brightspace": (
        layouts.brightspace_download, "brightspace", {"brightspace_id", "name"}, "brightspace",
    ),
    "blackboard": (layouts.blackboard_download, "blackboard", {"login", "name"}, "blackboard"),
    "nbgrader": (layouts.nbgrader_submitted, "nbgrader", {"login"}, "nbgrader"),
    "nbgrader inbound": (layouts.nbgrader_inbound, "nbgrader", {"login"}, "nbgrader"),
    "classroom": (layouts.classroom_files, "classroom", {"name"}, "file time"),
    "folders": (layouts.student_folders, "folders", {"folder"}, "file time"),
    "files": (layouts.flat_files, "files", {"folder"}, "file time"),
}  # fmt: skip


def given(tree: Tree, folder: Path, how: str) -> Path:
    """The same class as a folder, a zip, or below section folders in either."""
    if how == "folder":
        return tree.write(folder / "class")
    if how == "zip":
        return tree.write(folder / "class.zip")
    if how == "wrapped zip":
        return tree.write(folder / "class.zip", "download 2026")
    tree.write(folder / "class", "Monday")
    return folder / "class"


WAYS = [
    (shape, how)
    for shape in SHAPES
    for how in ("folder", "zip", "wrapped zip", "section")
    # A folder of files is one student's: see test_plain.py.
    if (shape, how) != ("files", "section")
]


@pytest.mark.parametrize(("shape", "how"), WAYS)
def test_a_layout_is_recognised_and_names_everybody(shape: str, how: str, tmp_path: Path) -> None:
    build, name, kinds, time_source = SHAPES[shape]
    intake = read(given(build(entries()), tmp_path, how))
    assert [source.layout for source in intake.sources] == [name]
    assert {one.layout for one in intake.submissions} == {name}
    assert not any(one.problem for one in intake.submissions)
    assert len(intake.submissions) == len({one.key for one in intake.submissions}) == 2
    for identifiers in people(intake).values():
        assert set(identifiers) == kinds
    for one in intake.submissions:
        assert one.time_source == time_source
        if time_source == name:
            assert one.submitted_at == pytest.approx(AT.timestamp(), abs=60)


@pytest.mark.parametrize("shape", ["moodle", "moodle flat", "brightspace", "blackboard"])
def test_names_are_whole_where_the_platform_writes_them(shape: str, tmp_path: Path) -> None:
    build, *_ = SHAPES[shape]
    assert set(people(read(build(entries()).write(tmp_path / "class")))) == set(NAMES)


def test_a_platforms_ids_are_read(tmp_path: Path) -> None:
    def identifiers(shape: str) -> dict[str, str]:
        path = SHAPES[shape][0](entries()).write(tmp_path / shape)
        return next(one for name, one in people(read(path)).items() if "ada" in name.lower()[:12])

    number = str(sum(map(ord, "Ada Lovelace")) + 1000)
    assert identifiers("gradescope") == {
        "sid": number, "email": "ada@example.edu", "name": "Ada Lovelace",
    }  # fmt: skip
    assert identifiers("canvas") == {"canvas_id": number, "name": "lovelaceada"}
    assert identifiers("moodle") == {"moodle_id": number, "name": "Ada Lovelace"}
    assert identifiers("nbgrader") == {"login": "ada"}


def by_student(path: Path, layout: str = "") -> dict[str, Submission]:
    return {one.student: one for one in read(path, layout).submissions}


def test_numbers_count_as_numbers_and_the_newer_attempt_is_last(tmp_path: Path) -> None:
    """As text 99999990 comes after 100000010."""
    student = hand_in("Ada", {}).students
    other = hand_in("Ben", {"x.ipynb": fakes.notebook("pass # ben")})
    old = HandIn(student, {"a.ipynb": fakes.notebook("fail")}, number=99999990)
    new = HandIn(student, {"a.ipynb": fakes.notebook("pass")}, number=100000010)
    path = layouts.canvas_download([new, old, other]).write(tmp_path / "class")
    attempts = {one.number: one.attempt for one in read(path).submissions if one.student == "ada"}
    assert attempts == {99999990: 1, 100000010: 2}


def test_canvas_says_late_and_no_time(tmp_path: Path) -> None:
    path = layouts.canvas_download(entries(late=True)).write(tmp_path / "class.zip")
    intake = read(path)
    assert all(one.late and one.submitted_at is None for one in intake.submissions)
    assert any("marked late by the platform" in remark for remark in intake.remarks)


def test_late_by_canvas_outranks_the_time_in_a_zips_name(tmp_path: Path) -> None:
    name = "work_2026_11_18T10_00_00_123456.zip"
    files = {name: layouts.zipped({"work.ipynb": fakes.notebook()})}
    late, punctual = hand_in("Ada", files, late=True), hand_in("Ben", files)
    found = by_student(layouts.canvas_download([late, punctual]).write(tmp_path / "class"))
    assert (found["ada"].late, found["ada"].submitted_at, found["ada"].time_source) == (
        True, None, "",
    )  # fmt: skip
    assert found["ben"].time_source == "file name"


def test_canvas_text_entries_and_links_are_named_as_what_they_are(tmp_path: Path) -> None:
    text = hand_in("Cem", {"text": b"<html>my code</html>"})
    path = layouts.canvas_download([*entries(), text]).write(tmp_path / "class.zip")
    cem = by_student(path)["cem"]
    assert canvas_ids(cem) == [str(text.students[0].id)]
    assert "is a web page, not a notebook" in cem.problem


def test_an_anonymous_canvas_download_names_nobody_by_a_students_file_name(tmp_path: Path) -> None:
    """``hw_7_4711_x.ipynb`` once became Canvas's user 7, whose mark was overwritten."""
    name = "hw_7_4711_x.ipynb"
    both = [hand_in(who, {name: fakes.notebook(f"pass # {who}")}) for who in ("Ada", "Ben")]
    intake = read(layouts.canvas_download(both, anonymous=True).write(tmp_path / "class"))
    assert {one.layout for one in intake.submissions} == {"canvas"}
    assert not any(map(canvas_ids, intake.submissions))
    assert {one.student for one in intake.submissions} == {
        f"anon_{one.students[0].id:05}" for one in both
    }


def test_a_gradescope_group_is_several_people(tmp_path: Path) -> None:
    pair = HandIn(
        (Student("Ada", "1", "ada@x.edu"), Student("Ben", "2", "ben@x.edu")),
        {"a.ipynb": fakes.notebook()},
    )
    (one,) = read(layouts.gradescope_export([pair]).write(tmp_path / "class.zip")).submissions
    assert [who.name for who in one.people] == ["Ada", "Ben"]
    assert (one.student, one.key) == ("Ada, Ben", "sid:1,sid:2")


def test_a_stale_otter_zip_and_a_newer_notebook_in_one_gradescope_submission(
    tmp_path: Path,
) -> None:
    """The platform's time is one for both; the file that was saved last comes last."""
    name = "work_2026_11_18T10_00_00_123456.zip"
    files = {
        name: layouts.zipped({"work.ipynb": fakes.notebook("fail")}),
        "work.ipynb": fakes.notebook("pass"),
    }
    tree = layouts.gradescope_export([hand_in("Ada", files)])
    first, last = read(tree.write(tmp_path / "class.zip")).submissions
    assert [one.source.rsplit("/", 1)[1] for one in (first, last)] == ["work.ipynb", "work.ipynb"]
    assert ".zip/" in first.source
    assert ".zip/" not in last.source
    assert first.submitted_at == last.submitted_at
    assert (first.attempt, last.attempt, last.place) == (1, 2, 1)


def test_a_listed_gradescope_submission_without_files_is_told(tmp_path: Path) -> None:
    tree = layouts.gradescope_export([*entries(), hand_in("Cem", {}, number=7)])
    assert by_student(tree.write(tmp_path / "c"))["Cem"].problem == (
        "submission_7 is an empty folder."
    )


@pytest.mark.parametrize(
    ("damage", "phrase"),
    [(b"\n {", "is not valid YAML, line"), (b"\nx: &a [*a", "is not valid YAML")],
)
def test_a_broken_list_of_gradescopes_costs_names_and_no_notebook(
    damage: bytes, phrase: str, tmp_path: Path
) -> None:
    tree = layouts.gradescope_export(entries())
    tree.files["submission_metadata.yml"] += damage
    intake = read(tree.write(tmp_path / "class"))
    assert len(intake.submissions) == 2
    assert not any(one.problem for one in intake.submissions)
    assert any(phrase in remark for remark in intake.remarks)


def test_a_list_that_grew_with_resubmissions_is_read(tmp_path: Path) -> None:
    """Its history may be far larger than any notebook; nothing of it is kept."""
    tree = layouts.gradescope_export(entries())
    old = b"  - :id: 1\n    :results: " + b"x" * 200 + b"\n"
    text = tree.files["submission_metadata.yml"]
    tree.files["submission_metadata.yml"] = text + old * 20_000
    assert set(by_student(tree.write(tmp_path / "class.zip"))) == set(NAMES)


def test_blind_marking_in_moodle_leaves_numbers_only(tmp_path: Path) -> None:
    intake = read(layouts.moodle_folders(entries(), blind=True).write(tmp_path / "class"))
    assert {frozenset(one) for one in people(intake).values()} == {frozenset({"moodle_id"})}
    assert len({one.key for one in intake.submissions}) == 2


def test_moodles_text_beside_files_belongs_to_one_hand_in(tmp_path: Path) -> None:
    tree = layouts.moodle_folders(entries(), old=True)
    tree.files["Ada Lovelace_2083_assignsubmission_onlinetext_/onlinetext.html"] = b"<p>"
    intake = read(tree.write(tmp_path / "class"))
    assert [one.layout for one in intake.sources] == ["moodle"]


def test_a_moodle_team_goes_by_its_name(tmp_path: Path) -> None:
    teams = [HandIn(one.students, one.files, group=f"Team {n}") for n, one in enumerate(entries())]
    assert set(by_student(layouts.moodle_folders(teams).write(tmp_path / "c"))) == {
        "Team 0", "Team 1",
    }  # fmt: skip


def test_two_brightspace_folders_of_one_student_are_two_attempts(tmp_path: Path) -> None:
    ada, ben = entries()
    again = HandIn(ada.students, {"b.ipynb": fakes.notebook("pass # 2")}, AT.replace(day=22))
    path = layouts.brightspace_download([again, ada, ben]).write(tmp_path / "class")
    attempts = [one for one in read(path).submissions if one.student == "Ada Lovelace"]
    assert [(one.attempt, one.source.endswith("b.ipynb")) for one in attempts] == [
        (1, False), (2, True),
    ]  # fmt: skip
    assert ("index.html", "no student's work") in read(path).passed_over


def test_flat_brightspace_files_are_read(tmp_path: Path) -> None:
    path = layouts.brightspace_download(entries(), flat=True).write(tmp_path / "class")
    assert set(by_student(path)) == set(NAMES)


def test_what_follows_blackboards_first_attempt_is_the_students(tmp_path: Path) -> None:
    name = "x_ben_attempt_2020-01-01-00-00-00_y.ipynb"
    files = [hand_in("Ada", {name: fakes.notebook()}), hand_in("Cem", {"a.ipynb": b""})]
    path = layouts.blackboard_download(files).write(tmp_path / "class")
    assert people(read(path))["Ada"] == {"login": "ada", "name": "Ada"}


def test_several_platforms_in_folders_of_their_own_are_several_classes(tmp_path: Path) -> None:
    layouts.canvas_download(entries()).write(tmp_path / "term" / "week 1")
    layouts.gradescope_export(entries()).write(tmp_path / "term" / "week 2")
    intake = read(tmp_path / "term")
    assert [(one.layout, Path(one.path).name) for one in intake.sources] == [
        ("canvas", "week 1"), ("gradescope", "week 2"),
    ]  # fmt: skip
    assert {one.root for one in intake.submissions} == {str(tmp_path / "term")}


def test_one_strange_file_makes_a_download_plain_and_is_pointed_out(tmp_path: Path) -> None:
    tree = layouts.canvas_download(entries())
    tree.files["late by mail.ipynb"] = fakes.notebook("pass # mail")
    path = tree.write(tmp_path / "class")
    intake = read(path)
    assert [one.layout for one in intake.sources] == ["files"]
    assert any("--layout canvas" in remark for remark in intake.remarks)
    forced = by_student(path, "canvas")
    assert canvas_ids(forced["lovelaceada"])
    assert not canvas_ids(forced["late by mail"])


@pytest.mark.parametrize(
    "names",
    [
        ("lab_5_301_ada", "lab_5_302_ben"),
        ("lab_1_20231234_ada", "lab_2_20231235_ben"),
        ("hw_2026_1120_ada", "hw_2026_1120_ben"),
        ("hw_2026_1120_ada",),
    ],
)
def test_names_that_only_look_like_canvas_are_files(names: tuple[str, ...], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / f"{name}.ipynb").write_bytes(fakes.notebook(f"pass # {name}"))
    intake = read(tmp_path)
    assert {one.student for one in intake.submissions} == set(names)
    assert not any(map(canvas_ids, intake.submissions))


@pytest.mark.parametrize("layout", [layout.NAME for layout in LAYOUTS])
def test_any_layout_may_be_forced_on_anything(layout: str, tmp_path: Path) -> None:
    """A wrong ``--layout`` gives odd students and no crash, and loses no notebook."""
    for number, (build, *_) in enumerate(SHAPES.values()):
        path = build(entries()).write(tmp_path / str(number))
        notebooks = [one for one in read(path, layout).submissions if one.lesson]
        assert len(notebooks) == 2, path


def test_an_unknown_layout_is_a_sentence_with_the_names() -> None:
    with pytest.raises(InvalidInput, match="no such layout; choose one of gradescope, canvas"):
        by_name("cavnas")


def test_the_layout_that_the_docs_show_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "authoring.md").read_text()
    code = page.split("## Adding a layout in one file")[1].split("```python\n")[1].split("```")[0]
    campus: dict[str, Any] = {}
    exec(code, campus)
    files = {
        "Lovelace, Ada(ada12)/lab.ipynb": fakes.notebook(),
        "Babbage, Ben(ben7)/lab.ipynb": b"",
    }
    items = folder_items(layouts.write_files(tmp_path / "class", files))
    assert campus["fit"](items) == 1.0
    ben, ada = campus["read"](items).hand_ins
    assert ada.people[0].name == "Ada Lovelace"
    assert [str(item.path) for item in ben.items] == ["Babbage, Ben(ben7)/lab.ipynb"]
    assert not any(layout.fit(items) for layout in LAYOUTS)


def test_the_help_of_grade_names_every_layout() -> None:
    said = CliRunner().invoke(main, ["grade", "--help"]).output
    assert not [layout.NAME for layout in LAYOUTS if layout.NAME not in said]


def test_what_was_recognised_is_printed_by_layout(tmp_path: Path) -> None:
    tree = layouts.moodle_folders(entries())
    tree.files["roster.csv"] = b"name"
    layouts.student_folders(entries()).write(tmp_path / "plain")
    buffer = io.StringIO()
    paths = [tree.write(tmp_path / "moodle.zip"), tmp_path / "plain"]
    print_intake(Console(file=buffer, width=100), discover(paths, fakes.PACKAGES))
    lines = [" ".join(line.split()) for line in buffer.getvalue().splitlines()]
    assert "a folder per student (a guess) 2 2 plain" in lines
    assert "Moodle, download all submissions 2 2 moodle.zip" in lines
    assert "roster.csv: no student's work" in lines
