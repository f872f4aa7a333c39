"""`autograder watch`: public tests on each save, hints, and nothing about hidden tests."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from autograder.cli import watch
from autograder.cli.main import main
from autograder.cli.watch import (
    content_of,
    interrupts,
    lines,
    not_begun,
    public_only,
    recognise,
    saves,
)
from autograder.course.build import notebook_bytes
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.course.samples import fill_in, load_samples
from autograder.grading.worker import Failed
from autograder.model import Event, EventKind, NotebookOutcome, SectionOutcome, TestOutcome

LESSON = "5-3-2-long-context-and-efficient-attention"
EXERCISE = "attention_masks"
SECONDS = 120


def names_of(text: str) -> set[str]:
    return set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))


def hidden_names(slug: str) -> set[str]:
    package = load_built(lessons()[slug]).package
    public = set().union(*map(names_of, public_only(package).tests.values()))
    return set().union(*map(names_of, package.tests.values())) - public


def answered(name: str) -> bytes:
    """The released notebook with one exercise answered by a sample answer."""
    package = load_built(lessons()[LESSON]).package
    sample = next(sample for sample in load_samples(EXERCISE) if sample.name == name)
    filled = fill_in(package, package.released, EXERCISE, sample.source, '"window"')
    return notebook_bytes(filled)


@pytest.mark.parametrize("slug", lessons())
def test_only_the_tests_of_the_student_notebook_are_run(slug: str) -> None:
    package = public_only(load_built(lessons()[slug]).package)
    assert set(package.tests) == set(package.exercises)
    assert all(names_of(text) for text in package.tests.values())
    assert not any("hidden=True" in text for text in package.tests.values())
    assert hidden_names(slug)


def outcome(*tests: TestOutcome, events: tuple[Event, ...] = ()) -> SectionOutcome:
    return SectionOutcome(exercise="rope", tests=tests, events=events)


GOOD = TestOutcome(name="test_good", points=1, max_points=1, hidden=False)
BAD = TestOutcome(
    name="test_bad",
    points=0,
    max_points=1,
    hidden=False,
    message="rotate([1, 0]) returned [/]\nexpected [0, 1]",
)
WORSE = TestOutcome(
    name="test_worse", points=0, max_points=1, hidden=False, message="another message"
)


def test_the_first_failing_test_gives_its_hint_and_no_other() -> None:
    told = list(lines(outcome(GOOD, BAD, WORSE), 6, untouched=False))
    assert told[0] == "  rope    [red]passes 1 of 3 public tests[/]"
    assert told[1:] == [
        "    test_bad",
        r"      rotate([1, 0]) returned \[/]",
        "      expected [0, 1]",
    ]


def test_what_passes_or_is_untouched_takes_one_line() -> None:
    assert list(lines(outcome(GOOD), 4, False)) == ["  rope  [green]passes all 1 public tests[/]"]
    assert list(lines(outcome(GOOD, BAD), 4, True)) == ["  rope  not begun"]


def test_a_cell_that_raised_is_named() -> None:
    event = Event(
        kind=EventKind.ERROR,
        sentence="Cell 7 raised SyntaxError: invalid syntax",
        exercise="rope",
        cell=7,
    )
    told = list(lines(outcome(BAD, events=(event,)), 4, False))
    assert told[1] == "    Cell 7 raised SyntaxError: invalid syntax"


def test_begun_means_that_an_answer_or_a_prediction_was_written() -> None:
    package = load_built(lessons()[LESSON]).package
    assert not_begun(package, package.released) == set(package.exercises)
    notebook = msgspec.json.decode(answered("correct_loops"))
    assert not_begun(package, notebook) == set(package.exercises) - {EXERCISE}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"nbformat": 4, "cells": []}', "not one of this course's"),
        (b'{"cells": [', "is a damaged notebook"),
        (b"", "is an empty file"),
    ],
)
def test_a_file_that_is_no_notebook_of_the_course_is_refused(content, sentence, tmp_path) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_bytes(content)
    packages = {LESSON: load_built(lessons()[LESSON]).package}
    with pytest.raises(ValueError, match=f"mine.ipynb.* {sentence}"):
        recognise(path, content, packages)
    answer = CliRunner().invoke(main, ["watch", str(path)])
    assert answer.exit_code == 2
    assert sentence in answer.output


def test_a_notebook_is_read_under_the_limits_of_a_hand_in(tmp_path: Path) -> None:
    """A pipe in its place would be waited for, and a huge file be read whole."""
    path = tmp_path / "mine.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(ValueError, match="is larger than 128 MiB"):
        content_of(path)
    path.unlink()
    os.mkfifo(path)
    assert content_of(path) == b""
    path.unlink()
    path.mkdir()
    with pytest.raises(ValueError, match="cannot be read"):
        content_of(path)


def test_what_a_student_wrote_cannot_command_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;title\x07\x1b[2J[bold]\u202e"
    section = SectionOutcome(
        exercise="rope",
        tests=(
            TestOutcome(
                name="test_shape",
                points=0.0,
                max_points=3.0,
                hidden=False,
                message=f"{evil}\nsecond {evil}",
            ),
        ),
        events=(Event(kind=EventKind.TIMEOUT, sentence=evil, exercise="rope", cell=3),),
        prediction=evil,
        seconds=0.1,
    )
    for line in lines(section, 10, untouched=False):
        assert line.isprintable()
        assert evil[-7:] not in line


def test_a_file_that_is_not_there_is_named() -> None:
    answer = CliRunner().invoke(main, ["watch", "no-such.ipynb"])
    assert answer.exit_code == 2
    assert answer.output == "autograder: NOTEBOOK: there is no file no-such.ipynb\n"


def test_help_shows_an_example() -> None:
    assert "autograder watch 5-3-1" in CliRunner().invoke(main, ["watch", "--help"]).output


def test_each_way_of_saving_is_seen_once(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"0")
    seen = saves(path, threading.Event())
    assert next(seen) == b"0"
    (tmp_path / "b.ipynb").write_bytes(b"another file")
    path.write_bytes(b"0")  # saved unchanged, which is no news
    threading.Timer(0.5, path.write_bytes, [b"in place"]).start()
    assert next(seen) == b"in place"
    renamed = tmp_path / ".~a.ipynb"
    renamed.write_bytes(b"renamed")
    renamed.replace(path)
    assert next(seen) == b"renamed"
    path.unlink()
    path.write_bytes(b"deleted and written")
    assert next(seen) == b"deleted and written"


class Swallows:
    """Ends while ctrl-C arrives: Python drops what its finalizer raises."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_that_python_dropped_ends_the_watch_all_the_same(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    with interrupts() as stop:
        Swallows()
        assert list(saves(notebook, stop)) == []
    assert len(dropped) == 1


class Watching:
    """The real command, and what it prints up to each pause."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograder", "watch", str(path)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.printed: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.put(line)

    def next_report(self) -> str:
        told = ""
        while "Waiting for the next save" not in told:
            told += self.printed.get(timeout=SECONDS)
        return told


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / f"{LESSON}.ipynb"
    path.write_bytes(notebook_bytes(load_built(lessons()[LESSON]).package.released))
    return path


@pytest.fixture
def watching(notebook: Path) -> Iterator[Watching]:
    command = Watching(notebook)
    yield command
    command.process.kill()
    command.process.communicate(timeout=30)


def test_the_command_checks_again_after_each_save(notebook: Path, watching: Watching) -> None:
    first = watching.next_report()
    assert re.search(rf"{EXERCISE} +not begun", first)

    temporary = notebook.with_name(f".~{notebook.name}")
    temporary.write_bytes(answered("wrong_without_itself"))
    temporary.replace(notebook)
    second = watching.next_report()
    count = len(names_of(public_only(load_built(lessons()[LESSON]).package).tests[EXERCISE]))
    some = rf"{EXERCISE} +passes [1-{count - 1}] of {count} public tests\n +test_four_tokens\n"
    assert re.search(some, second)
    assert "expected" in second
    assert re.search(r"rope +not begun", second)

    notebook.write_bytes(answered("correct_loops"))
    third = watching.next_report()
    assert re.search(rf"{EXERCISE} +passes all {count} public tests", third)

    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=30) == 0
    assert not [name for name in hidden_names(LESSON) if name in first + second + third]
    assert "hidden" not in first + second + third


def outcome_of(*tests: TestOutcome) -> NotebookOutcome:
    return NotebookOutcome(lesson=LESSON, sections=(outcome(*tests),), engine="fake-1", tier="none")


@pytest.mark.parametrize(
    ("result", "code", "told"),
    [
        (outcome_of(GOOD), 0, "passes all 1 public tests"),
        (outcome_of(GOOD, WORSE), 1, "passes 1 of 2 public tests"),
        (Failed("Grading took more than 600 s and was stopped.", 600), 1, "more than 600 s"),
    ],
)
def test_once_ends_with_a_code_for_scripts(result, code, told, tmp_path, monkeypatch) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_bytes(notebook_bytes(load_built(lessons()[LESSON]).package.released))
    engine = contextlib.nullcontext(lambda lesson, raw: result)
    monkeypatch.setattr(watch, "checker", lambda packages: engine)
    monkeypatch.setattr(watch, "not_begun", lambda package, notebook: set())
    answer = CliRunner().invoke(main, ["watch", "--once", str(path)])
    assert answer.exit_code == code
    assert told in answer.output
    assert "Waiting" not in answer.output
