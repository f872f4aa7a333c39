"""Two desks and a run, each a process of its own: no decision is lost, and none is mixed up."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.gradebook.store import Gradebook
from examples.make_class import CLASS
from tests import fakes
from tests.desk.client import Visitor, sentence, started
from tests.gradebook.builder import rows

RUN = """
import sys
from pathlib import Path
from autograder.grading.grade import Options, grade_class
from tests import fakes
if __name__ == "__main__":
    options = Options(engine=fakes.ENGINE, jobs=2)
    grade_class([Path(sys.argv[1])], Path(sys.argv[2]), fakes.PACKAGES, options)
"""
FEWEST = 3
"""So many decisions each desk must have made while the run went on."""
PLACE = {"first": 0, "second": 1}
"""Each desk to its exercise: the place of the form on a student's page."""


def grade_with_the_tests_engine(folder: Path, out: Path) -> list[str]:
    return [sys.executable, "-c", RUN, str(folder), str(out)]


def grade_by_the_command(folder: Path, out: Path) -> list[str]:
    command = [sys.executable, "-m", "autograder", "grade", str(folder), "--out", str(out)]
    return [*command, "--quiet"]


def test_a_run_and_two_desks_lose_and_mix_no_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SECONDS", "0.15")
    folder = fakes.write_class(tmp_path / "class", {"ann": "fail", "ben": "fail", "cem": "fail"})
    command = grade_with_the_tests_engine(folder, tmp_path / "out")
    subprocess.run(command, check=True, timeout=100)
    fakes.write_class(folder, {f"s{number:02}": "slow" for number in range(40)})
    check_beside(command, tmp_path / "out", ("ann", "ben"), "cem")
    assert {row.total for (name, _), row in rows(tmp_path / "out").items() if name[0] == "s"} == {
        20
    }


@pytest.mark.long
def test_the_command_and_two_desks_lose_and_mix_no_decision(tmp_path: Path) -> None:
    early = sorted(path.name for path in CLASS.iterdir())[:3]
    folder, out = tmp_path / "class", tmp_path / "out"
    for name in early:
        shutil.copytree(CLASS / name, folder / name)
    command = grade_by_the_command(folder, out)
    subprocess.run(command, check=False, timeout=200)
    shutil.copytree(CLASS, folder, dirs_exist_ok=True)
    names = sorted({name for name, _ in rows(out)})
    check_beside(command, out, (names[0], names[1]), names[2])
    assert len({name for name, _ in rows(out)}) == len(list(CLASS.iterdir()))


def check_beside(command: list[str], out: Path, theirs: tuple[str, str], contested: str) -> None:
    """Decide at two desks while the command grades; then look for every decision.

    Args:
        command: grades more submissions into ``out``.
        out: holds a gradebook with these students.
        theirs: whom both desks decide about, each another exercise.
        contested: of whom both decide the same exercise at the same time.
    """
    student = {name: row.student.id for (name, _), row in rows(out).items()}
    pressed: dict[tuple[int, str], list[str]] = defaultdict(list)
    with started(out) as (one, first), started(out) as (two, second):
        with started_run(command) as run:
            both = [student[name] for name in theirs]
            marking = [
                threading.Thread(target=mark, args=(desk, name, run, both, pressed))
                for name, desk in (("first", one), ("second", two))
            ]
            for thread in marking:
                thread.start()
            contests = [contest(one, two, student[contested], number) for number in range(FEWEST)]
            assert run.poll() is None, "the run ended before anything was decided beside it"
            for thread in marking:
                thread.join()
        for desk in (first, second):
            desk.send_signal(signal.SIGINT)
        # Both write the pages, at the same time.
        assert [desk.wait(timeout=200) for desk in (first, second)] == [0, 0]
    check_kept(out, pressed)
    check_contests(out, student[contested], contests)
    assert (out / "report.html").read_text().rstrip().endswith("</html>")


@contextmanager
def started_run(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command) as run:
        try:
            yield run
        finally:
            run.kill()


def mark(
    desk: Visitor, name: str, run: subprocess.Popen[bytes], students: list[int],
    pressed: dict[tuple[int, str], list[str]],
) -> None:  # fmt: skip
    """Give points for one exercise of each student in turn until the run ends."""
    for number in itertools.count():
        student = students[number % len(students)]
        why = f"{name} desk, {number}"
        answer = desk.give(f"/student/{student}", str(number % 10), why, PLACE[name])
        pressed[student, name].append(why if answer.status_code == 303 else sentence(answer))
        if run.poll() is not None:
            return
        time.sleep(0.05)


def contest(one: Visitor, two: Visitor, student: int, number: int) -> dict[str, str]:
    """Send two forms that show the same: each desk's reason to what it was told, or nothing."""
    told: dict[str, str] = {}
    path = f"/student/{student}"
    forms = {
        f"{name} contest {number}": (desk, desk.form(path, "/give"))
        for name, desk in (("first", one), ("second", two))
    }

    def send(why: str, desk: Visitor, form: dict[str, str]) -> None:
        answer = desk.send("/give", form | {"points": "7", "why": why})
        told[why] = "" if answer.status_code == 303 else sentence(answer)

    threads = [threading.Thread(target=send, args=(why, *form)) for why, form in forms.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def kept(out: Path, student: int) -> dict[str, list[str]]:
    """What the gradebook holds of a student: by exercise the reasons, the oldest first."""
    found: dict[str, list[str]] = defaultdict(list)
    with Gradebook.open(out) as book:
        entries = [one for one, who in book.matching().student_of.items() if who.id == student]
        for decided in book.decided(entries):
            found[decided.mark.exercise].append(decided.mark.why)
    return found


def check_kept(out: Path, pressed: dict[tuple[int, str], list[str]]) -> None:
    """All that was said to be stored is there, by exercise and in order; and nothing else."""
    for student in {student for student, _ in pressed}:
        told = [pressed[student, name] for name in PLACE]
        assert sorted(kept(out, student).values()) == sorted(told)
        assert min(map(len, told)) >= FEWEST


def check_contests(out: Path, student: int, contests: list[dict[str, str]]) -> None:
    """Of two who decide the same at once one is stored, and the other is told."""
    (stored,) = kept(out, student).values()
    for told, why in zip(contests, stored, strict=True):
        assert told[why] == ""
        (refused,) = (sentence for reason, sentence in told.items() if reason != why)
        assert refused.startswith("Nothing was stored: since you opened this page,")
