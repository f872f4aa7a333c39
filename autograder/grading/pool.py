"""A pool of grading processes that survives every one of them.

Each worker is a process of its own that makes its engine once. The pool hands it one notebook at
a time with a hard deadline; a worker that dies or overruns is killed with all its children and
replaced, and only the notebook it held is affected.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait

import msgspec

from autograder.errors import PoolError
from autograder.grading.worker import Broken, Failed, Graded, Job, Ready, Reply, Start
from autograder.model import GradingPackage

START_SECONDS = 180.0
DEADLINE_SECONDS = 600.0
MEMORY_BYTES = 8 * 2**30
JOBS_PER_WORKER = 1_000
"""A worker is replaced after so many notebooks, so that a slow leak cannot add up."""
MAX_FAILED_STARTS = 10
"""Workers in a row that may die while starting, once one has started."""

Prepared = tuple[int, Job]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the pool runs its workers."""

    engine: str
    packages: dict[str, GradingPackage]
    jobs: int = 1
    deadline_seconds: float = DEADLINE_SECONDS
    memory_bytes: int = MEMORY_BYTES
    limits: dict[str, int | float] = {}


class _Worker:
    """One child process and the job it holds."""

    def __init__(self, settings: Settings, slot: int) -> None:
        self.slot = slot
        # The engine keeps to its share of the processors.
        place = {"AUTOGRADER_SLOT": f"{slot}/{max(1, settings.jobs)}"}
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder.grading.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                # A session of its own: ctrl-C reaches the pool only, and killing the group
                # takes the engine's processes along.
                start_new_session=True,
                env={**os.environ, **place, "OMP_NUM_THREADS": "1"},
            )
        self.pipe = Connection(ours.detach())
        self.index: int | None = None
        self.job: Job | None = None
        self.tries = 0
        self.done = 0
        self.ready = False
        self.since = time.monotonic()
        start = Start(
            engine=settings.engine,
            packages=settings.packages,
            memory_bytes=settings.memory_bytes,
            limits=settings.limits,
        )
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(msgspec.msgpack.encode(start))

    def give(self, index: int, job: Job, tries: int) -> None:
        self.index, self.job, self.tries = index, job, tries
        self.since = time.monotonic()
        # A worker that is already dead is noticed by the next look at its pipe.
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(msgspec.msgpack.encode(job))

    def receive(self) -> Reply | None:
        """The reply that is waiting, or None when the worker is dead."""
        try:
            reply: Reply = msgspec.msgpack.decode(self.pipe.recv_bytes(), type=Reply)
        except (EOFError, OSError, msgspec.DecodeError):
            return None
        return reply

    def kill(self) -> None:
        self.pipe.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Let the worker close its engine; it ends when its pipe does."""
        self.pipe.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.terminate()


class Pool:
    """Grades any number of jobs with a fixed number of workers.

    Args:
        settings: how to run them.
        on_ready: called once, when the first of them stands.
    """

    def __init__(self, settings: Settings, on_ready: Callable[[], None] = lambda: None) -> None:
        self.settings = settings
        self._on_ready = on_ready
        self.engine = ""
        self.tier = ""
        self._started = False
        self._failed_starts = 0
        self._workers = [_Worker(settings, slot) for slot in range(max(1, settings.jobs))]
        self._again: list[tuple[int, Job, int]] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(gently=kind is None)

    def close(self, gently: bool = True) -> None:
        """End the workers; gently lets their engines clean up first."""
        if gently:
            for worker in self._workers:
                worker.pipe.close()
            for worker in self._workers:
                worker.stop()
        for worker in self._workers:
            worker.kill()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Graded | Failed]]:
        """Grade jobs, each result with the job's position, in the order they finish."""
        queue = enumerate(jobs)
        while self._feed(queue):
            for worker in self._listen():
                result = self._reply(worker)
                if result is not None:
                    # Who asked for the result saves it; the worker grades on meanwhile.
                    self._feed(queue)
                    yield result

    def _feed(self, queue: Iterator[Prepared]) -> bool:
        """Give every idle worker a job; False when nothing is left to wait for."""
        for worker in self._workers:
            if worker.ready and worker.index is None and (task := self._next(queue)):
                if worker.done >= JOBS_PER_WORKER:
                    self._again.append(task)
                    self._replace(worker)
                else:
                    worker.give(*task)
        busy = any(worker.index is not None for worker in self._workers)
        return busy or self._has_work(queue)

    def _next(self, queue: Iterator[Prepared]) -> tuple[int, Job, int] | None:
        if self._again:
            return self._again.pop(0)
        following = next(queue, None)
        return None if following is None else (*following, 0)

    def _has_work(self, queue: Iterator[Prepared]) -> bool:
        """True when a job waits for a worker that is still starting."""
        following = self._next(queue)
        if following is not None:
            self._again.insert(0, following)
        return following is not None

    def _listen(self) -> list[_Worker]:
        """Workers that have something to say, are dead, or are out of time."""
        now = time.monotonic()
        limit = {True: self.settings.deadline_seconds, False: START_SECONDS}
        timed = [w for w in self._workers if w.index is not None or not w.ready]
        due = [w.since + limit[w.ready] for w in timed]
        timeout = max(0.0, min(due, default=now + 1) - now)
        heard = wait([worker.pipe for worker in self._workers], timeout)
        speaking = [worker for worker in self._workers if worker.pipe in heard]
        now = time.monotonic()
        late = [w for w, end in zip(timed, due, strict=True) if now >= end and w not in speaking]
        return speaking + late

    def _reply(self, worker: _Worker) -> tuple[int, Graded | Failed] | None:
        reply = worker.receive() if worker.pipe.poll() else None
        if isinstance(reply, Ready):
            first, self._started = not self._started, True
            worker.ready = True
            self._failed_starts = 0
            self.engine, self.tier = reply.engine, reply.tier
            if first:
                self._on_ready()
            return None
        if isinstance(reply, Broken):
            raise PoolError(f"The grading engine cannot start. {reply.sentence}")
        if reply is None:
            return self._lost(worker)
        index, worker.index = worker.index, None
        worker.done += 1
        assert index is not None, "a worker answers only what it was asked"
        return index, reply

    def _lost(self, worker: _Worker) -> tuple[int, Failed] | None:
        """Replace a dead or stuck worker and decide about the job it held."""
        seconds = time.monotonic() - worker.since
        stuck = worker.process.poll() is None and not _hung_up(worker)
        index, job, tries = worker.index, worker.job, worker.tries
        if not worker.ready:
            self._failed_starts += 1
            if not self._started or self._failed_starts > MAX_FAILED_STARTS:
                raise PoolError("The grading engine cannot start: its process ended or hung.")
        self._replace(worker)
        if index is None or job is None:
            return None
        if stuck:
            limit = self.settings.deadline_seconds
            return index, Failed(f"Grading took more than {limit:g} s and was stopped.", seconds)
        if tries == 0:
            # Once may be the machine's fault (memory of a neighbour); twice is this notebook's.
            self._again.append((index, job, 1))
            return None
        return index, Failed("Grading this submission ended the grading process, twice.", seconds)

    def _replace(self, worker: _Worker) -> None:
        worker.kill()
        self._workers[self._workers.index(worker)] = _Worker(self.settings, worker.slot)


def _hung_up(worker: _Worker) -> bool:
    """True when the other end of the pipe is closed: poll says so by being readable."""
    try:
        return worker.pipe.poll()
    except OSError:
        return True
