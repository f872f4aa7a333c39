"""One grading process: makes its engine once, then grades what the pool sends it.

Run as ``python -m autograder.grading.worker FD``. Messages are msgpack over the socket FD; the
engine's own output goes to standard error. The process ends when the pool closes its end.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import os
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from autograder.intake.notebook import parse_notebook
from autograder.log import log_as_told
from autograder.model import Engine, GradingPackage, NotebookOutcome
from autograder.sandbox.lean import no_search_for_garbage

PR_SET_PDEATHSIG = 1
logger = logging.getLogger("autograder.grading.worker")


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs before its first notebook."""

    engine: str
    """``module:factory``"""
    packages: dict[str, GradingPackage]
    memory_bytes: int
    """Address space allowed beyond what the engine takes at start; 0 for no limit."""
    limits: dict[str, int | float] = {}
    """What the engine is to allow a submission, where it differs from the engine's defaults."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The engine stands."""

    engine: str
    tier: str


class Broken(msgspec.Struct, frozen=True, tag=True):
    """The engine could not be made."""

    sentence: str


class Job(msgspec.Struct, frozen=True):
    """One notebook to grade."""

    lesson: str
    notebook: bytes


class Graded(msgspec.Struct, frozen=True, tag=True):
    """A job's result."""

    outcome: NotebookOutcome
    seconds: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A job that could not be graded, in one sentence."""

    sentence: str
    seconds: float


Reply = Ready | Broken | Graded | Failed


def make_engine(name: str, limits: dict[str, int | float]) -> Engine:
    """Import ``module:factory`` and call it."""
    factory = load(name)
    engine: Engine
    if limits:
        # Imported late: the package holds the engine, which another one may replace.
        from autograder.sandbox.limits import Limits

        engine = factory(limits=msgspec.convert(limits, Limits))
    else:
        engine = factory()
    return engine


def load(name: str) -> Any:
    """Import what ``module:attribute`` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def grade(engine: Engine, packages: dict[str, GradingPackage], job: Job) -> Graded | Failed:
    """Grade one notebook; an error of ours becomes a sentence, never the end of the class."""
    started = time.monotonic()
    try:
        outcome = engine.grade_notebook(packages[job.lesson], parse_notebook(job.notebook))
    except MemoryError:
        sentence = "Judging this submission took more memory than allowed."
        return Failed(sentence, time.monotonic() - started)
    except Exception as error:
        logger.exception("a notebook of %s", job.lesson)
        sentence = f"The grader itself failed on this submission: {type(error).__name__}: {error}"
        return Failed(sentence[:500], time.monotonic() - started)
    seconds = time.monotonic() - started
    logger.info("graded a notebook of %s in %.2f s: %g points", job.lesson, seconds, outcome.points)
    return Graded(outcome, seconds)


def serve(pipe: Connection) -> None:
    """Answer jobs until the pool hangs up."""
    encode = msgspec.msgpack.encode
    start = msgspec.msgpack.decode(pipe.recv_bytes(), type=Start)
    try:
        with no_search_for_garbage():
            engine = make_engine(start.engine, start.limits)
    except Exception as error:
        logger.exception("the engine %s", start.engine)
        pipe.send_bytes(encode(Broken(f"{type(error).__name__}: {error}")))
        return
    try:
        _limit_memory(start.memory_bytes)
        logger.info("engine %s at tier %s", engine.name, engine.tier)
        pipe.send_bytes(encode(Ready(engine.name, engine.tier)))
        while True:
            job = msgspec.msgpack.decode(pipe.recv_bytes(), type=Job)
            pipe.send_bytes(encode(grade(engine, start.packages, job)))
    finally:
        engine.close()


def _limit_memory(beyond_bytes: int) -> None:
    """Cap the address space at what is in use now plus ``beyond_bytes``."""
    status = Path("/proc/self/statm")
    if beyond_bytes and status.is_file():
        in_use = int(status.read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        # The soft limit only: an engine that starts processes later may give them their own.
        resource.setrlimit(resource.RLIMIT_AS, (in_use + beyond_bytes, hard))


def _leave(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def main(descriptor: int) -> None:
    """Set up the process, then serve."""
    log_as_told()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        # The pool's death, kill -9 included, must not leave graders behind.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.set_inheritable(descriptor, False)
    with Connection(descriptor) as pipe, contextlib.suppress(EOFError, OSError):
        serve(pipe)
    # The engine is closed; taking torch down in good order takes another half second.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
