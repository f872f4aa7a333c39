"""One processor for the judge and the child it asks, in a worker of a pool."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from . import libc

SLOT = "AUTOGRADER_SLOT"
"""In the environment of a worker: its number among several, or ``ALONE``."""
ALONE = "alone"


@contextlib.contextmanager
def one_core() -> Iterator[int | None]:
    """Keep this thread to one processor, and say which for its children; None outside a pool.

    Judge and child take turns: on one processor a turn wakes no idle one, which would take longer
    than most answers. And a student's 32 threads slow that student's notebook, no other worker's.
    """
    slot = os.environ.get(SLOT)
    if slot is None or not hasattr(os, "sched_getaffinity"):
        yield None
        return
    allowed = os.sched_getaffinity(0)
    core = libc.current_processor() if slot == ALONE else _own(int(slot), sorted(allowed))
    # It may have been taken from this machine since; then any other will do.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, allowed)


def _own(slot: int, cores: list[int]) -> int:
    # Two runs at a time begin at different processors.
    return cores[(slot + os.getppid()) % len(cores)]
