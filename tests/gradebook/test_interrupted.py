"""A run that is stopped, killed or cut off loses nothing and repeats next to nothing."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.errors import PoolError
from autograder.gradebook.store import FILE_NAME, Gradebook
from autograder.grading.grade import grade_class
from tests import fakes
from tests.gradebook.running import OPTIONS, counts, grade

SCRIPT = """
import sys
from pathlib import Path
from autograder.grading.grade import Options, grade_class
from tests import fakes
if __name__ == "__main__":
    result = grade_class([Path(sys.argv[1])], Path(sys.argv[2]), fakes.PACKAGES,
                         Options(engine=fakes.ENGINE, jobs=2, scheduler=sys.argv[3]))
    print(result.graded, result.interrupted, len(result.rows))
"""


def wait_for_lines(log: Path, count: int) -> None:
    """Wait until the engine was given so many commands."""
    give_up = time.monotonic() + 60
    while not log.exists() or len(log.read_text().splitlines()) < count:
        assert time.monotonic() < give_up, f"fewer than {count} commands in 60 s"
        time.sleep(0.05)


def start(folder: Path, out: Path, scheduler: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder), str(out), scheduler]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_a_random_moment_loses_and_repeats_nothing(
    tmp_path: Path, log: Path, seed: int
) -> None:
    commands = {f"s{number:02}": "slow" for number in range(24)}
    folder = fakes.write_class(tmp_path / "class", commands)
    moment = random.Random(seed)
    for _ in range(3):
        process = start(folder, tmp_path / "out")
        time.sleep(moment.uniform(0.3, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    rows = grade(folder, tmp_path / "out")
    assert rows == dict.fromkeys(commands, ("graded", 20.0)), f"seed {seed}"
    # A notebook in a worker's hands when the run was killed is begun again: two workers,
    # three kills, six notebooks at most.
    again = sum(counts(log).values()) - len(commands)
    assert again <= 6, f"seed {seed}"
    database = sqlite3.connect(tmp_path / "out" / FILE_NAME)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_ctrl_c_keeps_what_is_graded(tmp_path: Path, log: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {f"s{n:02}": "slow" for n in range(60)})
    process = start(folder, tmp_path / "out")
    wait_for_lines(log, 5)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    graded, interrupted, rows = printed.split()
    assert (interrupted, rows) == ("True", "60")
    assert 3 <= int(graded) < 60
    with Gradebook.open(tmp_path / "out") as book:
        assert sum(row.outcome is not None for row in book.rows()) == int(graded)


def test_a_scheduler_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("autograder.grading.cluster.ANSWER_SECONDS", 1)
    folder = fakes.write_class(tmp_path / "class", {"ann": "pass"})
    with pytest.raises(PoolError, match="does not answer"):
        grade(folder, tmp_path / "out", scheduler=f"tcp://127.0.0.1:{free_port()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dask(command: str, *arguments: str) -> subprocess.Popen[bytes]:
    module = f"distributed.cli.dask_{command}"
    return subprocess.Popen([sys.executable, "-m", module, "--no-dashboard", *arguments])


@contextlib.contextmanager
def cluster(folder: Path, size: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers over TCP: the address, and the processes, the scheduler first."""
    address = f"tcp://127.0.0.1:{free_port()}"
    processes = [dask("scheduler", "--port", address.rpartition(":")[2])]
    options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
    processes += [dask("worker", address, *options) for _ in range(size)]
    try:
        yield address, processes
    finally:
        for child in processes:
            child.kill()
            child.wait(timeout=30)


@pytest.mark.long
def test_two_dask_workers_one_killed(tmp_path: Path, log: Path) -> None:
    pytest.importorskip("distributed")
    folder = fakes.write_class(tmp_path / "class", {f"s{n:02}": "slow" for n in range(40)})
    with cluster(tmp_path, 2) as (address, (_, worker, _)):
        process = start(folder, tmp_path / "out", address)
        wait_for_lines(log, 6)
        worker.kill()
        printed, _ = process.communicate(timeout=120)
        assert printed.split() == ["40", "False", "40"]


@pytest.mark.long
def test_a_dask_scheduler_that_dies_ends_the_run_and_loses_nothing(
    tmp_path: Path, log: Path
) -> None:
    pytest.importorskip("distributed")
    folder = fakes.write_class(tmp_path / "class", {f"s{n:02}": "slow" for n in range(60)})
    with cluster(tmp_path, 1) as (address, (scheduler, _)):
        process = start(folder, tmp_path / "out", address)
        wait_for_lines(log, 6)
        scheduler.kill()
        process.communicate(timeout=60)
        assert process.returncode != 0
    with Gradebook.open(tmp_path / "out") as book:
        kept = [row for row in book.rows() if row.outcome is not None]
    assert len(kept) >= 3
    result = grade_class([folder], tmp_path / "out", fakes.PACKAGES, OPTIONS)
    assert result.graded == 60 - len(kept)
    assert result.exit_code == 0
