"""Processes that render feedback pages; one that dies or hangs costs its page and is replaced."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")

# Spawned, not forked: the process that asks may have used threads.
_SPAWN = get_context("spawn")


def each_apart(
    work: Iterable[Work],
    do: Callable[[Work], Result],
    instead: Callable[[Work], Result],
    *,
    jobs: int,
    seconds: float,
) -> Iterator[Result]:
    """Do each piece of work in a process, several at a time, in the order in which they end.

    Args:
        work: taken from one at a time, as workers become free: it may be large.
        do: a function of a module, so that a new process finds it.
        instead: what a piece gives whose process died or took too long.
        jobs: processes at a time.
        seconds: wall time for one piece, the start of its process included.
    """
    pieces = iter(work)
    idle: list[_Worker[Work, Result]] = []
    busy: dict[Connection, _Worker[Work, Result]] = {}
    try:
        while True:
            while len(busy) < jobs:
                try:
                    piece = next(pieces)
                except StopIteration:
                    break
                worker = idle.pop() if idle else _Worker(do)
                worker.begin(piece, seconds)
                busy[worker.pipe] = worker
            if not busy:
                return
            yield from _finished(busy, idle, instead)
    finally:
        for worker in [*idle, *busy.values()]:
            worker.end()


class _Worker(Generic[Work, Result]):
    """One process and the piece of work it has."""

    piece: Work
    deadline: float

    def __init__(self, do: Callable[[Work], Result]) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(theirs, do), daemon=True)
        self.process.start()
        theirs.close()

    def begin(self, piece: Work, seconds: float) -> None:
        self.piece, self.deadline = piece, time.monotonic() + seconds
        with contextlib.suppress(OSError):  # A worker that died while idle: told by ``result``.
            self.pipe.send(piece)

    def result(self) -> Result:
        """What came back.

        Raises:
            EOFError, OSError: the process died.
        """
        result: Result = self.pipe.recv()
        return result

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _finished(
    busy: dict[Connection, _Worker[Work, Result]],
    idle: list[_Worker[Work, Result]],
    instead: Callable[[Work], Result],
) -> Iterator[Result]:
    """Wait until a worker has answered, died or run out of time; yield what that gives."""
    first = min(worker.deadline for worker in busy.values())
    ready = set(wait(list(busy), max(0.0, first - time.monotonic())))
    now = time.monotonic()
    for pipe, worker in list(busy.items()):
        if pipe not in ready and worker.deadline > now:
            continue
        del busy[pipe]
        try:
            if pipe not in ready:
                raise EOFError
            result = worker.result()
        except (EOFError, OSError):
            worker.end()
            yield instead(worker.piece)
        else:
            idle.append(worker)
            yield result


def _serve(pipe: Connection, do: Callable[[Work], Result]) -> None:
    """A worker's life: a piece in, a result out, until the other end closes."""
    with contextlib.suppress(EOFError, KeyboardInterrupt, OSError):
        while True:
            pipe.send(do(pipe.recv()))
