"""The pool: every notebook gets an answer, whatever happens to the process that grades it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from autograder.errors import PoolError
from autograder.grading.pool import Pool, Settings
from autograder.grading.worker import Failed, Graded, Job
from autograder.log import VARIABLE
from tests import fakes


def settings(jobs: int = 2, engine: str = fakes.ENGINE, deadline: float = 30.0) -> Settings:
    return Settings(engine=engine, packages=fakes.PACKAGES, jobs=jobs, deadline_seconds=deadline)


def run(commands: list[str], **options: float) -> list[Graded | Failed]:
    jobs = [Job("lesson-one", fakes.notebook(command)) for command in commands]
    with Pool(settings(**options)) as pool:  # type: ignore[arg-type]
        results = dict(pool.run(jobs))
    return [results[index] for index in range(len(commands))]


def sentences(results: list[Graded | Failed]) -> list[str]:
    return [r.sentence if isinstance(r, Failed) else f"{r.outcome.points:g}" for r in results]


def test_every_trouble_is_one_sentence_and_the_rest_is_graded() -> None:
    results = run(["pass", "crash", "raise", "memory", "fail", "pass"])
    assert sentences(results) == [
        "20",
        "Grading this submission ended the grading process, twice.",
        "The grader itself failed on this submission: ValueError: a bug of ours",
        "Judging this submission took more memory than allowed.",
        "8",
        "20",
    ]


def test_a_stuck_notebook_costs_only_itself() -> None:
    results = run(["hang", *["pass"] * 5], deadline=2.0)
    assert sentences(results) == ["Grading took more than 2 s and was stopped.", *["20"] * 5]


def test_the_first_worker_that_stands_is_told_once() -> None:
    told: list[bool] = []
    with Pool(settings(jobs=2), on_ready=lambda: told.append(True)) as pool:
        jobs = [Job("lesson-one", fakes.notebook(command)) for command in ("pass", "crash", "pass")]
        seen = [len(told) for _ in pool.run(jobs)]
    assert seen == [1, 1, 1]


@pytest.mark.long
def test_a_stuck_notebook_is_waited_for_once() -> None:
    started = time.monotonic()
    test_a_stuck_notebook_costs_only_itself()
    assert time.monotonic() - started < 20


def test_a_worker_that_died_once_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    assert sentences(run(["crash-once", "pass"], jobs=1)) == ["20", "20"]
    assert (tmp_path / "log").read_text().splitlines()[-1] == "closed"


def test_an_engine_that_cannot_start_is_said_once() -> None:
    with pytest.raises(PoolError, match="no sandbox here"):
        run(["pass"], engine="tests.fakes:BrokenEngine")  # type: ignore[arg-type]


def interrupt_while_a_job_hangs(pool: Pool, log: Path) -> None:
    jobs = [Job("lesson-one", fakes.notebook(command)) for command in ("pass", "hang")]
    # The first result is out when the worker has been handed the second job.
    next(pool.run(jobs))
    end = time.monotonic() + 20
    while "hang" not in log.read_text() and time.monotonic() < end:
        time.sleep(0.01)
    assert log.read_text().splitlines() == ["pass", "hang"]
    raise KeyboardInterrupt


def test_workers_leave_when_the_pool_is_left_by_an_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    with Pool(settings(jobs=1)) as pool:
        pid = pool._workers[0].process.pid
        with pytest.raises(KeyboardInterrupt), pool:
            interrupt_while_a_job_hangs(pool, tmp_path / "log")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_no_jobs_is_no_work() -> None:
    assert run([]) == []


def test_debug_shows_where_a_fault_in_a_worker_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run(["raise"], jobs=1)
    assert "Traceback" not in capfd.readouterr().err
    monkeypatch.setenv(VARIABLE, "ERROR")
    run(["raise", "pass"], jobs=1)
    told = capfd.readouterr().err
    assert "Traceback" in told
    assert "ValueError: a bug of ours" in told
    assert "graded a notebook" not in told
    monkeypatch.setenv(VARIABLE, "DEBUG")
    run(["pass"], jobs=1)
    told = capfd.readouterr().err
    assert "engine fake-1 at tier none" in told
    assert "graded a notebook of lesson-one in 0.0" in told
