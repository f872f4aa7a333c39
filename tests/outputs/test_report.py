"""The pages: what the instructor and the students read, and how long it takes to write."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from autograder.gradebook.decisions import adjust
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import Options, grade_class
from autograder.outputs.publish import publish
from autograder.outputs.report.feedback import write_feedback
from autograder.outputs.report.page import write_report
from tests import fakes, synthetic
from tests.outputs import hostile_class
from tests.outputs.hostile_class import OUTCOMES


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_class.write(tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out"))


def test_only_pages_that_would_differ_are_written_again(out: Path) -> None:
    with Gradebook.open(out) as book:
        assert write_feedback(book, out, OUTCOMES) == 0
    adjust(out, "ann", "router", 10, "checked", "Prof. X")
    (out / "feedback" / "gone.html").write_text("")
    with Gradebook.open(out) as book:
        assert write_feedback(book, out, OUTCOMES) == 1
    assert not (out / "feedback" / "gone.html").exists()


def test_feedback_says_what_a_student_needs(out: Path) -> None:
    ben = (out / "feedback" / "ben.html").read_text()
    for text in ("6.5 of 10", "The tests alone gave 4", "Each row sums to 1.", "not passed, 0 of 6",
                 "You predicted", "What happens", "2 days late at 10% each",
                 '<span class="ag-total">8.4 of 20 points</span>', "Before that it was 10.5 of 20",
                 "Decided by a person.", "Read again:"):  # fmt: skip
        assert text in ben
    assert "secret input" not in ben
    cem = (out / "feedback" / "cem.html").read_text()
    assert '<a href="#cell-3">Cell 3</a> ran for 10 s and was stopped.' in cem
    assert 'id="cell-3"' in cem
    assert 'href="#notebook-router"' in ben
    assert 'id="notebook-router"' in ben
    assert "zed.ipynb is an empty file." in (out / "feedback" / "zed.html").read_text()


def test_a_notebook_without_ids_has_links_from_an_exercise_to_its_section(tmp_path: Path) -> None:
    content = json.loads(fakes.notebook("fail"))
    content["metadata"] = {}
    for cell in content["cells"]:
        del cell["id"]
        cell["metadata"] = {}
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ben.ipynb").write_text(json.dumps(content))
    grade_class(
        [tmp_path / "class"], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1)
    )
    publish(tmp_path / "out")
    page = (tmp_path / "out" / "feedback" / "ben.html").read_text()
    for exercise in ("router", "moe_layer"):
        assert f'<a href="#notebook-{exercise}">The {exercise}</a>' in page
        assert page.count(f'<section id="notebook-{exercise}">') == 1


def test_no_page_holds_an_address_or_a_stray_script(out: Path) -> None:
    for path in [out / "report.html", *(out / "feedback").glob("*.html")]:
        text = path.read_text()
        assert "secret input" not in text
        assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", text), path
        assert text.count("<script") == (1 if path.name == "report.html" else 0), path


def test_marks_for_what_could_not_be_graded_are_told(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass", "ben": "raise"})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    adjust(tmp_path / "out", "ben", "router", 7, "Read by hand.", "Prof. X")
    publish(tmp_path / "out")
    ben = (tmp_path / "out" / "feedback" / "ben.html").read_text()
    for text in (
        "7 points",
        "given by Prof. X",
        "Read by hand.",
        "could not be graded by the tests",
    ):
        assert text in ben


def test_report_shows_what_people_decided_and_what_lateness_costs(out: Path) -> None:
    report = (out / "report.html").read_text()
    decided = report[report.index('id="decided"') : report.index('id="alike"')]
    for text in ("ben", "router", ">4<", ">6.5<", "Prof. ", "second reading"):
        assert text in decided
    assert "each day begun costs 10%." in report
    row = re.search(r'<tr data-status="graded"[^>]*>(?:(?!</tr>).)*ben\.html.*?</tr>', report)
    assert row is not None
    for text in (">10.5<", ">\N{MINUS SIGN}2.1<", ">8.4<"):
        assert text in row[0]


@pytest.mark.parametrize("command", ["rerun", "pass"])
def test_feedback_says_which_of_two_runs_counted(tmp_path: Path, command: str) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ann": command})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    publish(tmp_path / "out")
    said = "failed alone and was run again after the earlier ones, as in your notebook. That run"
    assert (said in (tmp_path / "out" / "feedback" / "ann.html").read_text()) == (
        command == "rerun"
    )


def test_report_says_which_python_and_torch_graded(tmp_path: Path) -> None:
    """The recorded ones: a report may be written on another machine."""
    synthetic.make_class(tmp_path, 1)
    publish(tmp_path)
    report = (tmp_path / "report.html").read_text()
    assert "Engine sandbox-1, graded with Python 3.11 and torch 2.13.0" in report


@pytest.mark.parametrize("students", [0, 1, 2])
def test_report_of_almost_nobody(tmp_path: Path, students: int) -> None:
    synthetic.make_class(tmp_path, students)
    publish(tmp_path)
    assert f"{students} submission" in (tmp_path / "report.html").read_text()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The report of 2,000 students, and the processor seconds that it took."""
    folder = synthetic.make_class(tmp_path_factory.mktemp("crowd"), 2_000)
    started = time.process_time()
    with Gradebook.open(folder) as book:
        write_report(book, folder, OUTCOMES)
    return folder, time.process_time() - started


@pytest.mark.long
def test_report_of_2000_students_is_quick(crowd: tuple[Path, float]) -> None:
    folder, seconds = crowd
    print(f"report of 2,000: {seconds:.1f} s")
    assert seconds < 10
    assert (folder / "report.html").stat().st_size < 4_000_000


@pytest.mark.long
def test_feedback_is_quick(tmp_path: Path) -> None:
    """At most a sixth of a second per page, so 2,000 pages in minutes on one core."""
    synthetic.make_class(tmp_path, 100)
    with Gradebook.open(tmp_path) as book:
        started = time.process_time()
        assert write_feedback(book, tmp_path, OUTCOMES) == 100
        seconds = time.process_time() - started
    print(f"feedback of 100: {seconds:.1f} s")
    assert seconds < 17
