"""Which processors the judge and the child it asks keep to, in a worker of a pool.

Judge and child take turns. Where there are two processors for each worker they have one each, and
who waits looks for a while before sleeping (``PATIENCE_SECONDS``), since to be woken takes longer
than most answers. Where there are fewer they share one, so that a turn wakes no idle processor.
Either way a student's 32 threads slow that student's notebook, no other worker's.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from .messages import StartChild

SLOT = "AUTOGRADER_SLOT"
"""In the environment of a worker: its number, and among how many, such as ``0/2``."""
PATIENCE_SECONDS = 0.0003
"""Most answers take less."""


class Cores(NamedTuple):
    """The processors of a worker."""

    judge: int
    child: int

    def request(self) -> StartChild:
        """How a child is to be started."""
        if self.judge == self.child:
            return StartChild(core=self.child)
        return StartChild(core=self.child, made_on=self.judge, patience=PATIENCE_SECONDS)


@contextlib.contextmanager
def own_cores() -> Iterator[Cores | None]:
    """Keep this thread to one processor and say which its children keep to.

    Nothing is kept to, and None said, outside a pool.
    """
    told = os.environ.get(SLOT)
    if told is None or not hasattr(os, "sched_getaffinity"):
        yield None
        return
    allowed = os.sched_getaffinity(0)
    slot, _, workers = told.partition("/")
    # Two runs at a time begin at different processors.
    cores = cores_of(int(slot) + os.getppid(), int(workers), sorted(allowed))
    # It may have been taken from this machine since; then any other will do.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {cores.judge})
    try:
        yield cores
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, allowed)


def cores_of(place: int, workers: int, allowed: list[int]) -> Cores:
    """Two processors for each worker, or one where there are too few; round and round."""
    pairs = len(allowed) // 2
    if pairs >= workers:
        first = 2 * (place % pairs)
        return Cores(allowed[first], allowed[first + 1])
    core = allowed[place % len(allowed)]
    return Cores(core, core)
