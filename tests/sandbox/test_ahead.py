"""The next exercise's child is made ready while the present one's is asked, at tier A only."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from autograder.model import SectionOutcome
from autograder.sandbox import SandboxEngine
from autograder.sandbox.client import Server
from autograder.sandbox.engine import SandboxEngine as Engine
from tests.processes import gone
from tests.sandbox.conftest import QUICK
from tests.sandbox.handmade import F_IS_PLUS_ONE, SETUP, notebook, otter_file, package

GIVEN = ("b-1", "b", "given", "given = 1")
RIGHT = "def f(x): return x + 1"
NAMES = ("a", "b", "c")


def graded(engine: SandboxEngine, *answers: str) -> tuple[SectionOutcome, ...]:
    """Grade a notebook of three exercises; ``b`` has a given cell, and so a template of its own."""
    tests = {name: otter_file(name, F_IS_PLUS_ONE) for name in NAMES}
    own = [(f"{name}-9", name, "answer", text) for name, text in zip(NAMES, answers, strict=True)]
    student = notebook(SETUP, GIVEN, *own)
    return engine.grade_notebook(package(tests, SETUP, GIVEN), student).sections


@pytest.fixture
def engine() -> Iterator[SandboxEngine]:
    """One of its own: what is ordered ahead stays until the next notebook."""
    with SandboxEngine(QUICK, "A") as engine:
        graded(engine, RIGHT, RIGHT, RIGHT)
        yield engine


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of servers, in order, and whether a child that is taken was ready."""
    found: list[str] = []
    child, order = Server.child, Engine.order_child

    def taking(self: Server, request: Any) -> Any:
        found.append("taken, ready" if self._ordered else "taken, new")
        return child(self, request)

    def ordering(self: Engine, released: Any) -> None:
        found.append("ordered" if len(released) == 1 else "ordered with the given cell")
        order(self, released)

    monkeypatch.setattr(Server, "child", taking)
    monkeypatch.setattr(Engine, "order_child", ordering)
    return found


def test_each_child_is_ordered_while_the_one_before_is_asked(engine, steps):
    assert all(section.points == 1 for section in graded(engine, RIGHT, RIGHT, RIGHT))
    assert steps == [
        "taken, ready", "ordered with the given cell", "taken, ready", "ordered", "taken, ready",
        # For the next notebook.
        "ordered",
    ]  # fmt: skip


def test_nothing_is_made_for_exercises_whose_result_is_known(engine, steps):
    graded(engine, "...", "...", "...")
    steps.clear()
    assert [section.points for section in graded(engine, RIGHT, "...", "...")] == [1, 0, 0]
    assert steps == ["taken, ready", "ordered"]


@pytest.mark.parametrize("ready", [False, True])
def test_a_child_that_died_waiting_is_replaced_and_no_student_is_blamed(ready, engine):
    (waiting,) = [server for server in engine._templates.values() if server._ordered]
    child = waiting._forked(waiting._ordered)
    if ready:
        assert child.channel._readable.poll(5000)
    # As the kernel does where memory runs out.
    pid = on_this_machine(engine, child.pid)
    os.kill(pid, signal.SIGKILL)
    assert gone({pid})
    sections = graded(engine, RIGHT, RIGHT, RIGHT)
    assert [(section.points, section.events) for section in sections] == [(1, ())] * 3


def on_this_machine(engine: SandboxEngine, number: int) -> int:
    """The pid by which this process knows a child of the fork server's namespace."""
    assert engine._fork_server is not None
    for process in psutil.Process(engine._fork_server._process.pid).children(recursive=True):
        with open(f"/proc/{process.pid}/status") as file:
            pids = next(line for line in file if line.startswith("NSpid:")).split()[1:]
        if len(pids) == 3 and int(pids[1]) == number:
            return int(process.pid)
    raise AssertionError(f"no process {number}")


CRASHES = {
    "a cell": "import os; os._exit(3)",
    "a call": "import os\ndef f(x): os._exit(3)",
    "memory": "def f(x): return bytearray(10**13)",
}


@pytest.mark.parametrize("crash", CRASHES)
def test_an_exercise_that_ends_its_process_costs_the_next_nothing(crash, engine):
    first, second, third = graded(engine, CRASHES[crash], RIGHT, RIGHT)
    assert (first.points, second.points, third.points) == (0, 1, 1)
    assert first.events
    assert not second.events + third.events


@pytest.mark.parametrize("kind", ["pid", "mnt", "ipc"])
def test_a_child_that_waits_shares_no_namespace_with_the_one_that_is_asked(kind, engine):
    child, _ = engine.start_child(())
    engine.order_child(())
    waiting = engine._fork_server._forked(engine._fork_server._ordered)
    both = [on_this_machine(engine, one.pid) for one in (child, waiting)]
    assert len({os.readlink(f"/proc/{pid}/ns/{kind}") for pid in both}) == 2


def test_below_tier_a_no_two_children_live_at_one_time(steps):
    with SandboxEngine(QUICK, "B") as engine:
        graded(engine, RIGHT, RIGHT, RIGHT)
        graded(engine, RIGHT, RIGHT, RIGHT)
    assert "taken, ready" not in steps
