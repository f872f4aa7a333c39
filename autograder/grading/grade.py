"""Grade a class: from paths to a gradebook and the files derived from it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol

import msgspec

from autograder import sandbox
from autograder.errors import GradebookError
from autograder.gradebook.records import Policy, Row, Task
from autograder.gradebook.store import Gradebook
from autograder.grading.pool import DEADLINE_SECONDS, MEMORY_BYTES, Pool, Settings
from autograder.grading.worker import Failed, Graded, Job, load
from autograder.intake import Intake, discover
from autograder.model import GradingPackage

try:
    import fcntl
except ImportError:  # not on Windows, where SQLite's own lock has to do
    fcntl = None  # type: ignore[assignment]

SANDBOX = "autograder.sandbox:SandboxEngine"
VERSIONS_OF = ("scaling-autograder", "otter-grader", "torch", "numpy")


class Options(msgspec.Struct, frozen=True):
    """How to grade."""

    engine: str = SANDBOX
    jobs: int = 0
    """Workers; 0 means one for each core."""
    scheduler: str = ""
    """A Dask scheduler's address; empty for this machine."""
    fresh: bool = False
    policy: Policy = "latest"
    deadline_seconds: float = DEADLINE_SECONDS
    memory_bytes: int = MEMORY_BYTES
    limits: dict[str, int | float] = {}
    """Fields of the engine's limits that are to differ from its defaults."""


DEFAULTS = Options()


class Progress(msgspec.Struct, frozen=True):
    """One notebook more is done."""

    done: int
    total: int
    submission: str
    seconds: float
    problem: str = ""


class ClassResult(msgspec.Struct, frozen=True):
    """What a run came to."""

    rows: tuple[Row, ...]
    graded: int
    """Notebooks graded by this run; the others were known already."""
    seconds: float
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        troubled = self.interrupted or any(row.outcome is None for row in self.rows)
        return 1 if troubled else 0


class Runner(Protocol):
    """Where notebooks are graded: a pool on this machine, or a cluster."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Graded | Failed]]: ...


def grade_class(
    paths: Iterable[Path],
    out: Path,
    packages: Mapping[str, GradingPackage],
    options: Options = DEFAULTS,
    on_intake: Callable[[Intake], None] = lambda intake: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ClassResult:
    """Grade everything under ``paths`` into the gradebook of ``out``.

    What is in the gradebook already is not graded again. ctrl-C ends the run early and leaves
    everything graded so far in place.

    Raises:
        IntakeError: a path does not exist.
        GradebookError: the output folder cannot be used.
        PoolError: no engine can be started.
    """
    started = time.monotonic()
    with locked(out), Gradebook.open(out, create=True) as book:
        intake = discover(paths, dict(packages), book.keep_notebook)
        on_intake(intake)
        digests = {lesson: package.digest for lesson, package in packages.items()}
        engine = engine_name(options.engine)
        run = book.begin_run(engine, jobs_of(options), packages, versions())
        book.set("policy", options.policy)
        book.record_submissions(run, book.keep_apart(intake.submissions))
        if options.fresh:
            book.forget_gradings(run, engine, digests.values())
        book.link_known(run, engine, digests)
        tasks = book.tasks(run, engine, digests, options.policy)
        graded, interrupted = _grade_tasks(book, tasks, packages, options, engine, on_progress)
        if not interrupted:
            book.finish_run(run)
        rows = tuple(book.rows())
    return ClassResult(rows, graded, time.monotonic() - started, interrupted)


def _grade_tasks(
    book: Gradebook,
    tasks: list[Task],
    packages: Mapping[str, GradingPackage],
    options: Options,
    engine: str,
    on_progress: Callable[[Progress], None],
) -> tuple[int, bool]:
    """Grade and commit, one result at a time; the count, and whether ctrl-C ended it."""
    done = 0
    try:
        for task, result in run_tasks(book, tasks, packages, options):
            digest = packages[task.lesson].digest
            problem = ""
            if isinstance(result, Graded):
                book.save_outcome(task, digest, result.outcome, result.seconds)
            else:
                problem = result.sentence
                book.save_failure(task, digest, engine, problem, result.seconds)
            done += 1
            on_progress(Progress(done, len(tasks), task.submission, result.seconds, problem))
    except KeyboardInterrupt:
        return done, True
    return done, False


def run_tasks(
    book: Gradebook,
    tasks: list[Task],
    packages: Mapping[str, GradingPackage],
    options: Options,
) -> Iterator[tuple[Task, Graded | Failed]]:
    """Grade notebooks of the gradebook wherever the options say; nothing is written."""
    if not tasks:
        return
    used = {lesson: packages[lesson] for lesson in {task.lesson for task in tasks}}
    settings = Settings(
        options.engine,
        used,
        min(jobs_of(options), len(tasks)),
        options.deadline_seconds,
        options.memory_bytes,
        options.limits,
    )
    # A notebook is read when its turn comes: the class is never in memory as a whole.
    jobs = (Job(task.lesson, book.notebook(task.content_hash)) for task in tasks)
    with _runner(settings, options.scheduler) as runner:
        for index, result in runner.run(jobs):
            yield tasks[index], result


def _runner(settings: Settings, scheduler: str) -> contextlib.AbstractContextManager[Runner]:
    if scheduler:
        from autograder.grading.cluster import Cluster

        return Cluster(settings, scheduler)
    return Pool(settings)


def jobs_of(options: Options) -> int:
    """Workers to use: as told, else one for each core this process may run on."""
    if options.jobs > 0:
        return options.jobs
    allowed = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def engine_name(factory: str) -> str:
    """The engine's name and version: part of what makes a grading known."""
    if factory == SANDBOX:
        # Not from its class: that imports torch, which this process has no use for.
        return sandbox.NAME
    return str(load(factory).name)


def versions() -> dict[str, str]:
    """Versions that a mark may depend on."""
    found = {"python": platform.python_version()}
    for name in VERSIONS_OF:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep a second run out of the folder; the lock goes with the process, however it ends."""
    file: IO[str] | None = None
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = (out / ".lock").open("w")
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if file is not None:
            file.close()
        raise GradebookError(f"Another run is grading into {out}; wait for it to end.") from None
    except OSError as error:
        raise GradebookError(f"The folder {out} cannot be written to: {error.strerror}.") from None
    with file:
        yield
