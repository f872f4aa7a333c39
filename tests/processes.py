"""Which processes live below this one: for tests that no process is left behind."""

from __future__ import annotations

import os
import time

import psutil


def descendants(root: int | None = None) -> set[int]:
    """Living processes below ``root``, by default below this one. Ended ones do not count."""
    try:
        below = psutil.Process(root).children(recursive=True)
    except psutil.NoSuchProcess:
        return set()
    return {process.pid for process in below if _lives(process)}


def settled() -> set[int]:
    """Living processes below this one, once none is being made or ended.

    An engine has the next child made ready after it has graded.
    """
    before: set[int] = set()
    while (now := descendants()) != before:
        before = now
        time.sleep(0.2)
    return now


def group_of(leader: int) -> set[int]:
    """Living processes of a process group."""
    found = set()
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and _lives(process):
                found.add(process.pid)
        except ProcessLookupError:
            continue
    return found


def lingering(before: set[int], seconds: float = 5.0) -> set[int]:
    """New processes below this one that are still there after a moment."""
    end = time.monotonic() + seconds
    while (left := descendants() - before) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def gone(pids: set[int], seconds: float = 5.0) -> bool:
    """Whether all of these processes end within a moment."""
    end = time.monotonic() + seconds
    while (alive := {pid for pid in pids if psutil.pid_exists(pid) and _lives_now(pid)}) and (
        time.monotonic() < end
    ):
        time.sleep(0.05)
    return not alive


def _lives_now(pid: int) -> bool:
    try:
        return _lives(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
