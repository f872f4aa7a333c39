"""Where a notebook's time goes: what the judge waits for, and what it does itself.

Run as ``python -m benchmarks.profile LESSON COUNT``; prints a ``Profile`` as JSON.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from benchmarks.classes import whole_lessons
from benchmarks.cost import ENVIRONMENT, ROOT

CHILDREN, TOGETHER = "start of children", "calls asked together"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook's time on average, in an engine that is warm."""

    whole_ms: float
    parts: dict[str, tuple[float, float]]
    """From what was waited for to how often, and for how many milliseconds in all."""


def profile(lesson: Lesson, count: int) -> Profile:
    """Measure in a process of its own, which keeps to its processors as a worker does."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.profile", lesson.slug, str(count)],
        cwd=ROOT,
        env={**ENVIRONMENT, "AUTOGRADER_SLOT": "0/1"},
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Profile)


def _measure(lesson: Lesson, count: int) -> Profile:
    from autograder.sandbox import SandboxEngine
    from autograder.sandbox.client import Server
    from autograder.sandbox.session import Session

    times: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    asked = ""

    @contextmanager
    def timing(what: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            seconds[what] += time.perf_counter() - started

    send, hear, child = Session.send, Session.hear, Server.child

    def timed_send(self: Session, action: Any, questions: Any, *more: Any) -> Any:
        nonlocal asked
        asked = TOGETHER if len(questions) > 1 else str(action)
        times[asked] += len(questions)
        with timing(asked):
            return send(self, action, questions, *more)

    def timed_hear(self: Session, *arguments: Any, **more: Any) -> Any:
        with timing(asked):
            return hear(self, *arguments, **more)

    def timed_child(self: Server, *arguments: Any) -> Any:
        times[CHILDREN] += 1
        with timing(CHILDREN):
            return child(self, *arguments)

    package = load_built(lesson).package
    notebooks = list(whole_lessons(lesson, count + 1))
    with SandboxEngine() as engine:
        engine.grade_notebook(package, notebooks[0])
        Session.send, Session.hear = timed_send, timed_hear  # type: ignore[method-assign, assignment]
        Server.child = timed_child  # type: ignore[method-assign, assignment]
        started = time.perf_counter()
        for notebook in notebooks[1:]:
            engine.grade_notebook(package, notebook)
        whole = time.perf_counter() - started
    parts = {what: (times[what] / count, 1000 * seconds[what] / count) for what in times}
    return Profile(whole_ms=1000 * whole / count, parts=parts)


if __name__ == "__main__":
    # Before torch is loaded, which reads it then.
    os.environ["OMP_NUM_THREADS"] = "1"
    found = _measure(lessons()[sys.argv[1]], int(sys.argv[2]))
    sys.stdout.write(msgspec.json.encode(found).decode())
