"""Grade on a Dask cluster: each Dask worker keeps a pool of one, so that deadlines hold there too.

There is no scheduling of our own here. A Dask worker that is lost is Dask's to replace, and what
it held is graded again elsewhere. Start Dask workers with ``--nthreads 1``.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from autograder.errors import PoolError
from autograder.grading.pool import Pool, Settings
from autograder.grading.worker import Failed, Graded, Job
from autograder.text import printable, shorten

ANSWER_SECONDS = 15
WORKER_SECONDS = 60
LOOK_SECONDS = 5
RETRIES = 3
_local = threading.local()


def grade_remote(settings: bytes, job: bytes) -> bytes:
    """Runs in a Dask worker: grade one notebook in this thread's pool of one."""
    known: tuple[bytes, Pool] | None = getattr(_local, "pool", None)
    if known is None or known[0] != settings:
        if known is not None:
            known[1].close()
        known = (settings, Pool(msgspec.msgpack.decode(settings, type=Settings)))
        _local.pool = known
    _, result = next(known[1].run([msgspec.msgpack.decode(job, type=Job)]))
    return msgspec.msgpack.encode(result)


class Cluster:
    """The same interface as ``Pool``, on the workers of a Dask scheduler."""

    def __init__(self, settings: Settings, address: str) -> None:
        self.settings = settings
        self._address = address
        self._client = _connect(address)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Graded | Failed]]:
        """Grade jobs, each result with the job's position, in the order they finish.

        Raises:
            PoolError: the scheduler, or its last worker, is gone and stays away.
        """
        queue = enumerate(jobs)
        positions: dict[str, int] = {}
        done: SimpleQueue[Any] = SimpleQueue()
        # Only so many notebooks are in flight as keep the workers busy: memory stays bounded.
        for _ in range(2 * max(1, self._threads())):
            self._submit(queue, positions, done)
        while positions:
            future = self._finished(done)
            yield positions.pop(future.key), _result(future)
            self._submit(queue, positions, done)

    def _submit(
        self,
        queue: Iterator[tuple[int, Job]],
        positions: dict[str, int],
        done: SimpleQueue[Any],
    ) -> None:
        following = next(queue, None)
        if following is None:
            return
        index, job = following
        package = {job.lesson: self.settings.packages[job.lesson]}
        settings = msgspec.structs.replace(self.settings, packages=package, jobs=1)
        encode = msgspec.msgpack.encode
        try:
            future = self._client.submit(
                grade_remote, encode(settings), encode(job), pure=False, retries=RETRIES
            )
        except Exception as error:  # Dask has one of its own for a connection that is closed
            raise self._lost("is gone") from error
        positions[future.key] = index
        future.add_done_callback(done.put)

    def _finished(self, done: SimpleQueue[Any]) -> Any:
        """Wait for the next future, looking now and then whether anybody still works on one."""
        until = time.monotonic() + WORKER_SECONDS
        while True:
            try:
                future = done.get(timeout=LOOK_SECONDS)
            except Empty:
                if self._threads():
                    until = time.monotonic() + WORKER_SECONDS
                elif time.monotonic() > until:
                    raise self._lost("has no workers any more") from None
                continue
            if future.status not in ("finished", "error"):
                raise self._lost("is gone")
            return future

    def _threads(self) -> int:
        """Threads of all workers at this moment."""
        try:
            threads: dict[str, int] = self._client.sync(
                self._client.scheduler.ncores, callback_timeout=ANSWER_SECONDS
            )
        except Exception as error:  # of many kinds, down to Dask's own for a closed connection
            raise self._lost("does not answer any more") from error
        return sum(threads.values())

    def _lost(self, how: str) -> PoolError:
        return PoolError(
            f"The scheduler at {self._address} {how}. Everything graded so far is kept: run the "
            "same command again to go on, with or without --scheduler."
        )


def _result(future: Any) -> Graded | Failed:
    try:
        answer: Graded | Failed = msgspec.msgpack.decode(future.result(), type=Graded | Failed)
    except Exception as error:
        # Dask's errors are pages long, and what they quote may come from a notebook.
        said = printable(f"{type(error).__name__}: {error}", instead=" ")
        return Failed(shorten(f"The cluster could not grade this: {said}", 500), 0)
    return answer


def _connect(address: str) -> Any:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise PoolError(
            "--scheduler needs the dask extra: pip install 'scaling-autograder[dask]'"
        ) from None
    # What goes wrong is said in one sentence of ours, not in pages of Dask's.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = distributed.Client(address, timeout=ANSWER_SECONDS)
    except (OSError, TimeoutError, ValueError):
        raise PoolError(f"The scheduler at {address} does not answer. Nothing was lost.") from None
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        client.close()
        raise PoolError(f"The scheduler at {address} has no workers. Nothing was lost.") from None
    return client
