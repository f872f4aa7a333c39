"""Which run of an exercise counts, and in which order public and hidden tests are run."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.cells import Role, SectionCell
from autograder.sandbox import SandboxEngine
from autograder.sandbox.context import may_depend
from tests.sandbox.conftest import QUICK
from tests.sandbox.handmade import F_IS_PLUS_ONE, SETUP, notebook, otter_file, package

F = "def f(x): return x + 1\n"


def graded(engine, first, second, tests=F_IS_PLUS_ONE):
    """Grade a notebook of two exercises; return both."""
    packed = package({name: otter_file(name, tests) for name in "ab"}, SETUP)
    cells = (SETUP, ("a-9", "a", "answer", first), ("b-9", "b", "answer", second))
    return engine.grade_notebook(packed, notebook(*cells)).sections


LEANING = {
    "a hidden builtin": (
        "from numpy import *\n" + F,
        "def f(x): return int(sum([[x, 1]]))",
    ),
    "a builtin of one's own": ("def sum(x, y): return x + y\n" + F, "def f(x): return sum(x, 1)"),
    "a setting": (
        "torch.set_default_dtype(torch.float64)\n" + F,
        "def f(x): return x + 1 if torch.ones(1).dtype is torch.float64 else None",
    ),
    "a changed module": ("math.step = 1\n" + F, "def f(x): return x + getattr(math, 'step', 5)"),
    "the tested function": ("def f(x): return x + 1", "pass"),
    "a magic": (
        "%pylab inline\n" + F,
        "def f(x): return x + int(linspace(0, 1, 2)[1])",
    ),
}


@pytest.mark.parametrize("what", LEANING)
def test_what_passes_after_the_earlier_exercises_counts(what, engine):
    first, second = graded(engine, *LEANING[what])
    assert (first.points, second.points) == (1, 1)
    assert (first.rerun, second.rerun) == (False, True)
    assert second.events == ()


def test_the_better_run_counts(engine):
    """Alone it is right; after the first exercise, which spoils a module, it would not be."""
    spoil = "math.floor = print\n" + F
    tests = "def test_b(f):\n    assert f(1) == 2\n\n\n@test_case(points=1)\ndef test_never(f):\n"
    tests += "    assert False, 'no'"
    _, second = graded(engine, spoil, "def f(x): return math.floor(x + 1)", tests)
    assert (second.points, second.rerun) == (1, False)


@pytest.mark.parametrize(
    ("first", "starts"),
    [(F, 2), ("def g(x): return f(x)\nvalue = [1, 2]\n", 2), ("print(1)", 2),
     ("x = g = 3", 2), ("torch.manual_seed(3)", 3), ("helper = 3", 3)],
)  # fmt: skip
def test_a_wrong_answer_runs_again_only_where_that_may_matter(first, starts, engine, monkeypatch):
    started: list[Any] = []
    start_child = engine.start_child

    def start(given: Any) -> Any:
        started.append(given)
        return start_child(given)

    monkeypatch.setattr(engine, "start_child", start)
    wrong = "def f(y):\n    return y + 3 if y else helper"
    _, second = graded(engine, first.replace("f(", "k("), wrong)
    assert second.points == 0
    assert not second.rerun
    assert len(started) == starts


def cell(source, unchanged=False):
    return SectionCell(id="x", role=Role.ANSWER, source=source, unchanged=unchanged, number=1)


@pytest.mark.parametrize(
    ("earlier", "depends"),
    [
        ("x: int = 3", True),
        ("for x in [1]: pass", True),
        ("with open as x: pass", True),
        ("import os.path as x", True),
        ("import x.y", True),
        ("class x: pass", True),
        ("(x := 1)", True),
        ("match 1:\n    case x: pass", True),
        ("del x", True),
        ("def x(): pass", True),
        ("def g(x=len([])): pass", True),
        ("@cache()\ndef g(): pass", True),
        ("a.b = 1", True),
        ("a[0] = 1", True),
        ("await a", True),
        ("%magic", True),
        ("def g(x): return len(x)", False),
        ("lambda x: len(x)", False),
        ("y = [1]", False),
        ("import os as y", False),
        ("print(y)", False),
    ],
)
def test_what_may_matter_is_read_from_the_text(earlier, depends):
    assert may_depend([cell("def f(y): return x")], [cell(earlier)], []) is depends
    assert may_depend([cell("z")], [cell(earlier)], ["x"]) is depends


def test_released_cells_matter_by_their_names_only():
    assert not may_depend([cell("x")], [cell("y = train()\n", True)], [])
    assert may_depend([cell("y")], [cell("y = train()\n", True)], [])


PUBLIC = F_IS_PLUS_ONE
HIDDEN = """
def test_secret(f):
    assert f(77) == 78
"""
MIXED = (
    otter_file("a", PUBLIC)
    + "\n@test_case(points=2, hidden=True, failure_message='Think.')\n" + HIDDEN.strip() + "\n"
)  # fmt: skip
SPY = """
import os, time
def f(x):
    if x == 77:
        time.sleep(0.5)
    return x + 1
"""
CLOCK = "import time\nraise ValueError(time.monotonic())"


def two(engine, first, second):
    packed = package({"a": MIXED, "b": MIXED.replace("'a'", "'b'")}, SETUP)
    cells = (SETUP, ("a-9", "a", "answer", first), ("b-9", "b", "answer", second))
    return engine.grade_notebook(packed, notebook(*cells)).sections


def test_what_is_said_after_a_hidden_test_is_marked(engine):
    first, second = two(engine, "1 / 0\n" + SPY, F + CLOCK)
    assert [(event.after_hidden, event.test) for event in first.events] == [(False, None)]
    assert [event.after_hidden for event in second.events] == [True]
    killing = "import os\ndef f(x):\n    if x == 77: os._exit(1)\n    return x + 1"
    first, _ = two(engine, killing, F)
    assert [(e.after_hidden, e.test) for e in first.events] == [(True, "test_secret")]
    early = "import os\ndef f(x):\n    if x == 1: os._exit(1)\n    return x + 1"
    first, _ = two(engine, early, F)
    assert [(e.after_hidden, e.test) for e in first.events] == [(False, "test_adds_one")]


@pytest.fixture(scope="module")
def in_two_rounds():
    with SandboxEngine(QUICK, public_first=True) as engine:
        yield engine


def test_in_two_rounds_the_result_is_the_same(engine, in_two_rounds):
    answers = [(F, F), (F, "def f(x): return 2"), ("1 / 0\n" + F, "step = 1"), (SPY, F + CLOCK)]
    for first, second in answers:
        usual, rounds = two(engine, first, second), two(in_two_rounds, first, second)
        assert [part.tests for part in rounds] == [part.tests for part in usual]
        assert [part.rerun for part in rounds] == [part.rerun for part in usual]
        assert [len(part.events) for part in usual][0] == len(rounds[0].events)


def test_in_two_rounds_no_public_result_follows_a_hidden_test(in_two_rounds):
    """The first exercise waits in its hidden test; the second one's cell prints the clock."""
    _, second = two(in_two_rounds, SPY, F + "prediction_b = 3\n" + CLOCK)
    clocks = [(e.after_hidden, float(e.sentence.rpartition(" ")[2])) for e in second.events]
    (early, before), (late, after) = clocks
    assert (early, late) == (False, True)
    assert after - before > 0.5
    assert second.prediction == "3"
    assert [test.name for test in second.tests] == ["test_adds_one", "test_secret"]
    assert second.points == 3
