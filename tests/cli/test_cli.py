"""The command line as people meet it."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import time
from pathlib import Path

import click
import msgspec
import pytest

from autograder.cli.command import PagesAhead, plain_errors
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.log import VARIABLE
from autograder.outputs.report import notebook_html

COMMANDS = (
    "build", "check", "grade", "regrade", "adjust", "marks", "people", "report", "export", "doctor",
    "new", "bank",
)  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    answer = run(command, "--help")
    assert answer.returncode == 0
    assert f"autograder {command}" in answer.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = "('torch', 'otter')"
    code = f"import sys, autograder.cli.main; print([m for m in sys.modules if m in {heavy}])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.long
def test_help_comes_at_once() -> None:
    started = time.perf_counter()
    run("--help")
    assert time.perf_counter() - started < 1  # 0.3 s on an idle machine


def test_a_class_is_graded_by_others_that_import_torch(tmp_path: Path) -> None:
    """The process that hands out notebooks starts in half the time and in 200 MB less."""
    code = (
        "import sys; from autograder.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('torch' in sys.modules)"
    )
    notebook = min(Path("examples/class").rglob("5-3-3*.ipynb"))
    arguments = ["grade", str(notebook), "--out", str(tmp_path / "out"), "--quiet"]
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120
    )
    assert answer.stdout.splitlines()[-1:] == ["False"], answer.stderr
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("build", "5-3-9"), "lesson: '5-3-9' is not one of"),
        (("check", "ruoter"), "no exercise is called 'ruoter'"),
        (("grade", "no/such/folder", "--out", "never-made"), "no/such/folder"),
        (("report", "--out", "no-such-folder"), "no-such-folder"),
        (("grade", ".", "--out", "never-made", "--limit", "cells=none"), "none is not a positive"),
        (("grade", ".", "--out", "never-made", "--limit", "cells=0.5"), "0.5 is not a positive"),
        (("grade", ".", "--out", "never-made", "--limit", "cells=nan"), "nan is not a positive"),
        (("grade", ".", "--out", "never-made", "--deadline", "0"), "0.0 is not in the range"),
        (("grade", ".", "--out", "never-made", "--deadline", "nan"), "nan is not a number"),
        (("grade", ".", "--out", "never-made", "--layout", "cavnas"), "no such layout; choose one"),
        (
            ("grade", ".", "--out", "never-made", "--limit", "ram=4"),
            "there is no ram; choose of cell",
        ),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(arguments, sentence) -> None:
    answer = run(*arguments)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not Path("never-made").exists()


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (PermissionError(13, "Permission denied", "marks"), 2, "marks: Permission denied"),
        (OSError("no such thing"), 2, "no such thing"),
        (KeyboardInterrupt(), 1, "stopped. Nothing is lost: run the same command again."),
    ],
)
def test_what_stops_a_command_is_one_sentence(error, code, sentence, capsys) -> None:
    @click.command()
    @plain_errors
    def command() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == code
    assert capsys.readouterr().err == f"autograder: {sentence}\n"


@pytest.mark.parametrize("arguments", [[], ["--debug"]])
def test_a_fault_of_ours_says_how_to_see_its_traceback(arguments, capsys, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "")  # what --debug sets is taken back after the test

    @click.command()
    @plain_errors
    def command() -> None:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert "a fault of the grader itself, ZeroDivisionError: division by zero." in err
    assert ("Traceback" in err) == bool(arguments)
    assert ("--debug" in err) != bool(arguments)


def test_doctor_says_which_python_and_torch_grade() -> None:
    python = ".".join(map(str, sys.version_info[:2]))
    torch = importlib.metadata.version("torch")
    sentence = f"Submissions are graded with Python {python} and torch {torch}."
    assert sentence in " ".join(run("doctor").stdout.split())


def test_pages_are_prepared_while_workers_grade() -> None:
    released = load_built(next(iter(lessons().values()))).package.released
    ahead = PagesAhead()
    ahead.released.append(released)
    ahead.begin()
    ahead.end()
    known = notebook_html._one_of_many.cache_info()
    notebook_html.notebook_html(msgspec.json.encode(released), released)
    again = notebook_html._one_of_many.cache_info()
    assert again.hits > known.hits
    assert again.misses == known.misses


def test_what_cannot_be_prepared_is_told_when_pages_are_written() -> None:
    ahead = PagesAhead()
    ahead.released.append({"no": "notebook"})
    ahead.begin()
    # The thread raises nothing: pytest would report it.
    ahead.end()
