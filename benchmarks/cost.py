"""What a run costs: time, processor time, and the memory of its processes while it runs."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PATH": PATH}
"""nbgrader calls alembic by its name."""
SAMPLE_SECONDS = 0.05
"""Between two looks at memory, at least."""
LOOK_SHARE = 0.2
"""Of the time, spent looking at memory, at most."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What grading a class took, or one submission of it on average."""

    seconds: float
    cpu_seconds: float
    together_mb: float = 0.0
    """Most memory of all processes at one time, shared pages counted once."""
    confined_mb: float = 0.0
    """Most memory that one confined process had to itself."""
    graded: int = 1
    """Submissions that were graded."""


class Watch:
    """Holds the cost once what is watched has ended."""

    cost = Cost(seconds=0.0, cpu_seconds=0.0)


@contextmanager
def watching(memory: bool = False) -> Iterator[Watch]:
    """Measure what happens inside.

    Args:
        memory: look at the memory of this process's descendants up to twenty times a second,
            which costs time: do not compare the seconds of such a run.
    """
    watch = Watch()
    sampler = _Sampler() if memory else None
    cpu, started = _cpu_seconds(), time.perf_counter()
    yield watch
    seconds = time.perf_counter() - started
    together_mb, confined_mb = sampler.stop() if sampler else (0.0, 0.0)
    watch.cost = Cost(
        seconds=seconds,
        cpu_seconds=_cpu_seconds() - cpu,
        together_mb=together_mb,
        confined_mb=confined_mb,
    )


def _cpu_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def run(command: list[str], cwd: Path, may_be: tuple[int, ...] = (0,)) -> None:
    """Run a command to its end; RuntimeError with what it said unless its status ``may_be``."""
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode not in may_be:
        raise RuntimeError(f"{command[:4]} ended with {done.returncode}: {done.stderr[-800:]}")


class _Sampler:
    """Watches from a thread the descendants that this process gets from now on."""

    def __init__(self) -> None:
        self._others = {process.pid for process in psutil.Process().children(recursive=True)}
        self._together = self._confined = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Return both peaks in megabytes."""
        self._ended.set()
        self._thread.join()
        return self._together / 1e6, self._confined / 1e6

    def _watch(self) -> None:
        took = 0.0
        while not self._ended.wait(max(SAMPLE_SECONDS, took / LOOK_SHARE)):
            started = time.thread_time()
            self._look()
            took = time.thread_time() - started

    def _look(self) -> None:
        together = 0
        for process in psutil.Process().children(recursive=True):
            if process.pid in self._others:
                continue
            with suppress(psutil.Error, OSError):
                memory = process.memory_full_info()
                together += memory.pss
                if _filters(process.pid) > _filters(os.getpid()):
                    self._confined = max(self._confined, memory.uss)
        self._together = max(self._together, together)


def _filters(pid: int) -> int:
    """Return how many seccomp filters a process carries: only confined ones have any of ours."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("Seccomp_filters:"):
            return int(line.split()[1])
    return 0
