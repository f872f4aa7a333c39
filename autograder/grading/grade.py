"""Grade a class: from paths to a gradebook."""

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
from autograder.gradebook.attempts import Recorded
from autograder.gradebook.records import Policy, Row, Task
from autograder.gradebook.store import POLICY, Gradebook
from autograder.grading.pool import DEADLINE_SECONDS, MEMORY_BYTES, Pool, Settings
from autograder.grading.refusals import OnMissing, refuse_loss, refuse_other_tests
from autograder.grading.worker import Failed, Graded, Job, load
from autograder.intake import Intake, discover, refuse_overlap
from autograder.model import GradingPackage

try:
    import fcntl
except ImportError:  # not on Windows, where SQLite's own lock has to do
    fcntl = None  # type: ignore[assignment]

SANDBOX = "autograder.sandbox:SandboxEngine"
VERSIONS_OF = ("scaling-autograder", "otter-grader", "torch", "numpy")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to grade."""

    engine: str = SANDBOX
    jobs: int = 0
    """Workers; 0 means one for each core."""
    scheduler: str = ""
    """A Dask scheduler's address; empty for this machine."""
    fresh: bool = False
    policy: Policy | None = None
    """Which of a student's attempts counts; None for what the class has."""
    class_file: Path | None = None
    roster: Path | None = None
    on_missing: OnMissing = "stop"
    """What to do where students graded before are gone from the folder."""
    deadline_seconds: float = DEADLINE_SECONDS
    memory_bytes: int = MEMORY_BYTES
    limits: dict[str, int | float] = {}
    """Fields of the engine's limits that are to differ from its defaults."""
    layout: str = ""
    """How the class is laid out, by the name of a layout; empty to recognise it."""
    on_ready: Callable[[], None] = lambda: None
    """Called when a worker of this machine stands: this process then waits for what it grades."""


DEFAULTS = Options()


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook more is done; the first of a run says that the workers start."""

    done: int
    total: int
    submission: str
    seconds: float
    problem: str = ""
    starting: int = 0
    """Workers that start now."""


class Notices(msgspec.Struct, frozen=True, kw_only=True):
    """What an instructor should know about the people of this run."""

    recorded: Recorded = Recorded()
    weak: tuple[str, ...] = ()
    """Matches that no id supports, a sentence each."""
    conflicts: tuple[str, ...] = ()
    """Who was not matched because several people fit, a sentence each."""
    not_handed_in: dict[str, tuple[str, ...]] = {}
    """By lesson, the students of the roster who have handed in nothing."""
    as_released: tuple[str, ...] = ()
    """Submissions that are the notebook as it was released: unsaved work, perhaps."""
    remarks: tuple[str, ...] = ()
    """What else to know, a sentence each: an option outdoes the class file, tests are mixed."""


class ClassResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    rows: tuple[Row, ...]
    graded: int
    """Notebooks graded by this run; the others were known already."""
    seconds: float
    interrupted: bool = False
    notices: Notices = Notices()

    @property
    def exit_code(self) -> int:
        """1 where the run was interrupted or something could not be graded, else 0."""
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

    What is known is not graded again; ctrl-C leaves everything graded so far in place.

    Raises:
        InvalidInput: there is no layout of that name, or the class file or roster cannot be used.
        IntakeError: a path does not exist, or the output folder lies among the paths.
        GradebookError: the output folder cannot be used, tests changed, or submissions are gone.
        PoolError: no engine can be started.
    """
    started = time.monotonic()
    given = tuple(paths)
    refuse_overlap(given, out)
    with locked(out), Gradebook.open(out, create=True) as book:
        settings = book.set_up(options.class_file, options.roster, tuple(packages))
        policy = options.policy or settings.policy or book.policy_told()
        intake = discover(given, dict(packages), book.keep_notebook, options.layout)
        on_intake(intake)
        used = {one.lesson: packages[one.lesson] for one in intake.submissions if one.lesson}
        missing = _refused(book, intake, used, policy, options, out)
        engine = engine_name(options.engine)
        first_seen = {name: packages[name] for name in packages.keys() - book.packages().keys()}
        run = book.begin_run(engine, jobs_of(options), first_seen | used, versions())
        recorded = _record(book, run, intake, missing, options)
        tasks = _tasks(book, engine, used, policy, options.fresh)
        graded, interrupted = _grade_tasks(book, tasks, packages, options, engine, on_progress)
        if not interrupted:
            book.finish_run(run)
        rows = tuple(book.rows(policy=policy))
        remarks = (*_mixed(book), *_overridden(book, options, settings.policy))
        notices = _notices(book, rows, recorded, remarks)
    return ClassResult(
        rows=rows,
        graded=graded,
        seconds=time.monotonic() - started,
        interrupted=interrupted,
        notices=notices,
    )


def _refused(
    book: Gradebook,
    intake: Intake,
    used: Mapping[str, GradingPackage],
    policy: Policy,
    options: Options,
    out: Path,
) -> list[int]:
    """Stop here, with nothing kept, if this run would lose submissions or mix tests.

    Returns:
        Attempts that the folders no longer hold, where somebody said what to do with them.
    """
    digests = {lesson: package.digest for lesson, package in used.items()}
    try:
        missing = refuse_loss(book, intake.submissions, options.on_missing)
        if not options.fresh:
            refuse_other_tests(book, digests, policy, out)
    except GradebookError:
        book.forget_unused_notebooks()
        raise
    return missing


def _tasks(
    book: Gradebook, engine: str, used: Mapping[str, GradingPackage], policy: Policy, fresh: bool
) -> list[Task]:
    """What is to be graded of this run's lessons, everybody's anew if ``fresh``."""
    digests = {lesson: package.digest for lesson, package in used.items()}
    if fresh:
        book.forget_gradings(engine, digests.values())
    book.link_known(engine, digests)
    return book.tasks(engine, digests, policy)


def _record(
    book: Gradebook, run: int, intake: Intake, missing: list[int], options: Options
) -> Recorded:
    if options.policy:
        book.set(POLICY, options.policy)
    if options.on_missing == "drop":
        book.drop_attempts(missing)
    else:
        book.keep_missing(missing)
    return book.record_submissions(run, intake.submissions)


def _mixed(book: Gradebook) -> Iterator[str]:
    for lesson, count in book.mixed_tests().items():
        yield f"{lesson}: {count} still have the points that earlier tests gave."


def _overridden(book: Gradebook, options: Options, policy: Policy | None) -> tuple[str, ...]:
    """Say where an option of this run outdoes the class file."""
    if not options.policy or not policy or options.policy == policy:
        return ()
    return (
        f"--policy {options.policy} overrides {book.class_file()}, which says {policy}, for "
        "this run.",
    )


def _notices(
    book: Gradebook, rows: Iterable[Row], recorded: Recorded, remarks: tuple[str, ...]
) -> Notices:
    matching = book.matching()
    absent = {
        lesson: tuple(student.name for student in students)
        for lesson, students in book.not_handed_in().items()
    }
    released = tuple(row.submission.name for row in rows if book.as_released(row))
    return Notices(
        recorded=recorded,
        weak=matching.weak,
        conflicts=matching.conflicts,
        not_handed_in=absent,
        as_released=released,
        remarks=remarks,
    )


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
    if tasks:
        workers = 0 if options.scheduler else min(jobs_of(options), len(tasks))
        on_progress(
            Progress(done=0, total=len(tasks), submission="", seconds=0.0, starting=workers)
        )
    try:
        for task, result in run_tasks(book, tasks, packages, options):
            problem = save_result(book, task, packages[task.lesson].digest, engine, result)
            done += 1
            on_progress(
                Progress(
                    done=done,
                    total=len(tasks),
                    submission=task.submission,
                    seconds=result.seconds,
                    problem=problem,
                )
            )
    except KeyboardInterrupt:
        return done, True
    return done, False


def save_result(
    book: Gradebook, task: Task, digest: str, engine: str, result: Graded | Failed
) -> str:
    """Commit what became of one notebook.

    Returns:
        Why it could not be graded, in a sentence; empty where it was.
    """
    if isinstance(result, Graded):
        book.save_outcome(task, digest, result.outcome, result.seconds)
        return ""
    book.save_failure(task, digest, engine, result.sentence, result.seconds)
    return result.sentence


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
        engine=options.engine,
        packages=used,
        jobs=min(jobs_of(options), len(tasks)),
        deadline_seconds=options.deadline_seconds,
        memory_bytes=options.memory_bytes,
        limits=options.limits,
    )
    # A notebook is read when its turn comes: the class is never in memory as a whole.
    jobs = (Job(task.lesson, book.notebook(task.content_hash)) for task in tasks)
    with _runner(settings, options) as runner:
        for index, result in runner.run(jobs):
            yield tasks[index], result


def _runner(settings: Settings, options: Options) -> contextlib.AbstractContextManager[Runner]:
    if options.scheduler:
        from autograder.grading.cluster import Cluster

        return Cluster(settings, options.scheduler)
    return Pool(settings, options.on_ready)


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
    """Versions that points may depend on."""
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
