"""The commands about people and points, as an instructor types them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from autograder.cli.main import main
from autograder.cli.terminal import print_people, print_summary, progress_bar
from autograder.gradebook.decisions import adjust
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import ClassResult, Progress
from tests.gradebook.builder import grade, hand_in, person, rows, totals

ANN = person(email="ann@uni.edu", name="Ann Ames")
BEN = person(email="ben@uni.edu", name="Ben Boyd")


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The pages have tests of their own, and need the course's solutions.
    monkeypatch.setattr("autograder.cli.marks.publish_pages", lambda *_: None)
    monkeypatch.setattr("autograder.cli.people.publish_pages", lambda *_: None)
    grade(tmp_path, hand_in(ANN, command="fail"), hand_in(BEN, broken="ben.html is a web page."))
    return tmp_path


def run(out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--out", str(out)])


def test_adjust_by_the_beginning_of_a_name(out: Path) -> None:
    answer = run(out, "adjust", "ann", "router", "9", "--why", "The idea is right.")
    assert answer.exit_code == 0
    assert answer.output == "ann: router is now 9 (The idea is right.)\n"
    assert totals(out)["Ann Ames"] == 13


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ann", "router", "-1", "--why", "x"), "points is -1; router has 0 to 10 points"),
        (("ann", "router", "ten", "--why", "x"), "points is ten; write a number"),
        (("ann", "router", "--why", "x"), "points is missing"),
        (("ann", "router", "9"), "why is empty"),
        (("ann",), "STUDENT and EXERCISE are missing, or --from FILE"),
        (("anna", "router", "9", "--why", "x"), "no such student or submission; close are"),
        (("ann", "router", "--keep"), "ann has no points on hold for router"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    out: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    answer = run(out, "adjust", *arguments)
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert "no such option" not in answer.output.casefold()
    assert totals(out)["Ann Ames"] == 8


def test_the_todo_list_goes_out_and_comes_back(out: Path) -> None:
    answer = run(out, "marks", "--todo")
    assert answer.stdout_bytes.startswith(b"\xef\xbb\xbf"), "for Excel"
    header, line = csv.reader(io.StringIO(answer.stdout_bytes.decode("utf-8-sig")))
    told = dict(zip(header, line, strict=True))
    assert (told["student"], told["waits"], told["email"]) == (
        "Ben Boyd", "not graded: ben.html is a web page.", "ben@uni.edu",
    )  # fmt: skip
    told |= {"exercise": "router", "points": "8", "why": "read in the browser"}
    (out / "todo.csv").write_text(",".join(header) + "\n" + ",".join(told.values()) + "\n")
    assert run(out, "adjust", "--from", str(out / "todo.csv")).exit_code == 0
    assert rows(out)["Ben Boyd", "lesson-one"].total == 8


def test_people_are_listed_linked_split_and_renamed(out: Path) -> None:
    (out / "names.csv").write_text("name,email\nAnn Ames,ann@uni.edu\nCleo Clark,cleo@uni.edu\n")
    listed = run(out, "people", "list", "--roster", str(out / "names.csv")).output
    assert "Ann Ames: email ann@uni.edu, name Ann Ames" in listed
    assert "Ben Boyd (not on the roster): " in listed
    assert "Cleo Clark" in listed.partition("Nothing handed in")[2]
    assert run(out, "people", "link", "ben", "cleo").exit_code == 0
    assert ("Cleo Clark", "") in rows(out)
    assert run(out, "people", "split", "cleo", "ben@uni.edu").exit_code == 0
    assert run(out, "people", "rename", "ben", "Benedict Boyd").exit_code == 0
    assert ("Benedict Boyd", "") in rows(out)
    refused = run(out, "people", "link", "nobody", "ann")
    assert refused.exit_code == 2
    assert "no such student" in refused.output


def printed(result: ClassResult, out: Path) -> str:
    buffer = io.StringIO()
    print_summary(Console(file=buffer, width=80), result, out)
    return buffer.getvalue()


def test_the_summary_says_what_is_new_and_hand_marks_on_hold_come_first(out: Path) -> None:
    adjust(out, "ann", "router", 6, "close", "Prof. X")
    changed = hand_in(ANN, cells={2: "a = 2"}, when="2026-11-19")
    result = grade(out, changed, hand_in(BEN, broken="ben.html is a web page."))
    text = printed(result, out)
    first, second, *_ = text.splitlines()
    assert first.startswith("1 hand mark given for an earlier attempt is on hold")
    assert second.startswith("  Ann Ames, router: 6 by Prof. X, tests now give 10;")
    assert "1 graded now in" in text
    assert "0 new, 1 changed, 1 as before." in text


def test_progress_fits_80_columns_and_keeps_count_and_bar() -> None:
    buffer = io.StringIO()
    console = Console(file=buffer, width=80, force_terminal=True, color_system=None)
    with progress_bar(console) as update:
        update(Progress(done=0, total=2000, submission="", seconds=0.0, starting=2))
        for done in (1, 1500):
            update(
                Progress(
                    done=done,
                    total=2000,
                    submission="a-very-long-name-of-a-submission" * 2,
                    seconds=0.5,
                )
            )
    text = click.unstyle(buffer.getvalue())
    lines = [line for line in text.replace("\r", "\n").splitlines() if line.strip()]
    assert max(map(len, lines)) <= 80
    assert lines[-1].lstrip().startswith("1500/2000")
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in lines[-1]


def test_progress_says_that_workers_start() -> None:
    for terminal in (True, False):
        buffer = io.StringIO()
        console = Console(file=buffer, width=80, force_terminal=terminal, color_system=None)
        with progress_bar(console) as update:
            update(Progress(done=0, total=7, submission="", seconds=0.0, starting=2))
        assert "starting 2 workers" in buffer.getvalue()


def test_a_piped_run_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 0.0, 10.0, 31.0, 31.0, 40.0, 40.0))
    monkeypatch.setattr("autograder.cli.terminal.time.monotonic", lambda: next(moments))
    buffer = io.StringIO()
    with progress_bar(Console(file=buffer, width=80)) as update:
        update(Progress(done=0, total=7, submission="", seconds=0.0, starting=1))
        update(Progress(done=1, total=7, submission="ann", seconds=0.5))
        update(Progress(done=2, total=7, submission="ben", seconds=0.5))
        update(Progress(done=3, total=7, submission="cem", seconds=0.5, problem="took too long"))
    assert buffer.getvalue().splitlines() == [
        "starting 1 worker, 7 notebooks to grade", "2 of 7 graded", "cem: took too long",
    ]  # fmt: skip


def test_hostile_names_do_nothing_to_the_terminal(out: Path) -> None:
    grade(out, hand_in(person(name="\x1b[31m[red]x["), name="evil", root="/evil"))
    buffer = io.StringIO()
    with Gradebook.open(out) as book:
        print_people(Console(file=buffer, width=80), book.matching(), {})
    assert "\x1b" not in buffer.getvalue()
    assert "[red]x[" in buffer.getvalue()
