"""Grade on a Dask cluster: each Dask worker keeps a pool of one, so that deadlines hold there too.

There is no scheduling of our own here. A Dask worker that is lost is Dask's to replace, and what
it held is graded again elsewhere. Start Dask workers with ``--nthreads 1``.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from autograder.pool import Pool, PoolError, Settings
from autograder.worker import Failed, Graded, Job

ANSWER_SECONDS = 15
WORKER_SECONDS = 60
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
        self._client = _connect(address)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Graded | Failed]]:
        """Grade jobs, each result with the job's position, in the order they finish."""
        distributed: Any = importlib.import_module("distributed")
        queue = enumerate(jobs)
        positions: dict[str, int] = {}
        running = distributed.as_completed()
        # Only so many notebooks are in flight as keep the workers busy: memory stays bounded.
        for _ in range(2 * max(1, sum(self._client.nthreads().values()))):
            self._submit(queue, positions, running)
        for future in running:
            yield positions.pop(future.key), _result(future)
            self._submit(queue, positions, running)

    def _submit(
        self, queue: Iterator[tuple[int, Job]], positions: dict[str, int], running: Any
    ) -> None:
        following = next(queue, None)
        if following is None:
            return
        index, job = following
        package = {job.lesson: self.settings.packages[job.lesson]}
        settings = msgspec.structs.replace(self.settings, packages=package, jobs=1)
        encode = msgspec.msgpack.encode
        future = self._client.submit(
            grade_remote, encode(settings), encode(job), pure=False, retries=RETRIES
        )
        positions[future.key] = index
        running.add(future)


def _result(future: Any) -> Graded | Failed:
    try:
        answer: Graded | Failed = msgspec.msgpack.decode(future.result(), type=Graded | Failed)
    except Exception as error:
        return Failed(f"The cluster could not grade this: {type(error).__name__}: {error}"[:500], 0)
    return answer


def _connect(address: str) -> Any:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise PoolError(
            "--scheduler needs the dask extra: pip install 'scaling-autograder[dask]'"
        ) from None
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
