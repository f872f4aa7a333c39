"""Run a notebook's public tests again on each save, and print what they say."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from types import FrameType
from typing import NoReturn

import msgspec
import watchfiles
from rich.console import Console

from autograder.cells import Role, identify, split
from autograder.cli.terminal import plain
from autograder.course.packages import load_packages
from autograder.errors import InvalidInput, Unreadable, UnreadableNotebook
from autograder.grading.grade import SANDBOX
from autograder.grading.pool import Pool, Settings
from autograder.grading.worker import Failed, Job
from autograder.intake.items import read_file
from autograder.intake.notebook import parse_notebook
from autograder.model import GradingPackage, Notebook, NotebookOutcome, SectionOutcome

FIRST_LOOK_MS = 100
"""The watcher stands before the notebook is first read, so that no save is lost in between."""

Check = Callable[[str, bytes], NotebookOutcome | Failed]


def watch_notebook(path: Path, once: bool) -> int:
    """Check a notebook now and, unless told ``once``, after each save until ctrl-C.

    Returns:
        The exit code: 1 when told ``once`` and a test failed, else 0.

    Raises:
        ValueError: there is no such file, or it is no notebook of this course.
    """
    if not path.is_file():
        raise InvalidInput(f"NOTEBOOK: there is no file {path}")
    packages = {slug: public_only(package) for slug, package in load_packages().items()}
    recognise(path, content_of(path), packages)
    console = Console()
    passed = True
    with contextlib.suppress(KeyboardInterrupt), interrupts() as stop, checker(packages) as check:
        for raw in [content_of(path)] if once else saves(path, stop):
            passed = report(console, path, raw, packages, check)
            if not once:
                console.print("Waiting for the next save; ctrl-C ends.")
    return 1 if once and not passed else 0


def content_of(path: Path) -> bytes:
    """Return a notebook's bytes, read under the limits of a file that was handed in.

    Raises:
        ValueError: it cannot be read, is a pipe or is far too large; the message is a sentence.
    """
    try:
        return read_file(path.resolve())
    except Unreadable as error:
        raise InvalidInput(f"{path} {error}") from None


def public_only(package: GradingPackage) -> GradingPackage:
    """Return the lesson with the tests that its student notebook holds, so no hidden ones."""
    return msgspec.structs.replace(package, tests=package.released["metadata"]["otter"]["tests"])


def recognise(
    path: Path, raw: bytes, packages: Mapping[str, GradingPackage]
) -> tuple[str, Notebook]:
    """Return the lesson that a notebook belongs to, and the notebook.

    Raises:
        ValueError: it is damaged or of another course; the message is a sentence.
    """
    try:
        notebook = parse_notebook(raw)
    except UnreadableNotebook as error:
        raise InvalidInput(f"{path} {error}") from None
    try:
        return identify(notebook, dict(packages)), notebook
    except ValueError as error:
        raise InvalidInput(f"{path}: {error}") from None


@contextlib.contextmanager
def checker(packages: dict[str, GradingPackage]) -> Iterator[Check]:
    """Start the engine that `grade` uses, once for all checks."""
    with Pool(Settings(engine=SANDBOX, packages=packages)) as pool:

        def check(lesson: str, raw: bytes) -> NotebookOutcome | Failed:
            ((_, result),) = pool.run([Job(lesson, raw)])
            return result if isinstance(result, Failed) else result.outcome

        yield check


@contextlib.contextmanager
def interrupts() -> Iterator[Event]:
    """Give an event that ctrl-C sets, besides raising ``KeyboardInterrupt``.

    Python drops an exception that is raised inside a finalizer, and ctrl-C with it.
    """
    stop = Event()

    def interrupted(number: int, frame: FrameType | None) -> NoReturn:
        stop.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def saves(path: Path, stop: Event) -> Iterator[bytes]:
    """Yield a file's content now and after each save that changes it, until told to stop.

    The folder is watched, since an editor that saves by renaming replaces the file.
    """
    seen: bytes | None = None
    for changes in watchfiles.watch(
        path.resolve().parent,
        watch_filter=lambda change, name: Path(name).name == path.name,
        recursive=False,
        rust_timeout=FIRST_LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        if changes or seen is None:
            # Between two saves an editor may have taken the file away.
            with contextlib.suppress(InvalidInput):
                content = content_of(path)
                if content != seen:
                    seen = content
                    yield content


def report(
    console: Console,
    path: Path,
    raw: bytes,
    packages: Mapping[str, GradingPackage],
    check: Check,
) -> bool:
    """Check one state of the notebook and print it; True when every test passed."""
    console.print(f"\n{time.strftime('%H:%M:%S')} {plain(path.name)}", highlight=False)
    try:
        lesson, notebook = recognise(path, raw, packages)
    except ValueError as error:
        console.print(plain(str(error)), soft_wrap=True, highlight=False)
        return False
    outcome = check(lesson, raw)
    if isinstance(outcome, Failed):
        console.print(plain(outcome.sentence), soft_wrap=True, highlight=False)
        return False
    untouched = not_begun(packages[lesson], notebook)
    width = max(map(len, packages[lesson].exercises))
    for section in outcome.sections:
        for line in lines(section, width, section.exercise in untouched):
            console.print(line, soft_wrap=True, highlight=False)
    return all(test.passed for section in outcome.sections for test in section.tests)


def not_begun(package: GradingPackage, notebook: Notebook) -> set[str]:
    """Return the exercises where no cell was changed or added."""
    return {
        section.exercise
        for section in split(package, notebook)
        if all(cell.unchanged for cell in section.cells if cell.role is not Role.SETUP)
    }


def lines(section: SectionOutcome, width: int, untouched: bool) -> Iterator[str]:
    """Say how an exercise stands, what went wrong, and the hint of the first failing test."""
    failing = [test for test in section.tests if not test.passed]
    count = len(section.tests)
    state = f"[red]passes {count - len(failing)} of {count} public tests[/]"
    if not failing:
        state = f"[green]passes all {count} public tests[/]"
    elif untouched:
        state, failing = "not begun", []
    yield f"  {section.exercise:{width}}  {state}"
    for event in section.events:
        yield f"    {plain(event.sentence)}"
    for test in failing[:1]:
        yield f"    {test.name}"
        yield from (f"      {plain(line)}" for line in test.message.splitlines())
