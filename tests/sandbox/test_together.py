"""Calls that are asked for together come out as calls made one after the other do."""

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np
import pytest
import torch

from autograder.sandbox.proxies import MOST_AT_ONCE
from autograder.sandbox.session import Session
from reference import checks
from tests.sandbox.handmade import grade

HEAD = "calls = 0\ndef made(): return calls\ndef f(*given):\n    global calls\n    calls += 1\n    "
FUNCTIONS: dict[str, tuple[str, list[Any]]] = {
    "pure": ("return sum(given)", [(n, 1) for n in range(7)]),
    "counts": ("return calls", [(1,)] * 5),
    "no calls": ("return 1", []),
    "more than go at once": ("return given[0] * 2", [(n,) for n in range(3 * MOST_AT_ONCE + 1)]),
    "draws, numpy": ("return given[1].random() + given[0]",
                     [(n, g) for g in [np.random.default_rng(3)] for n in range(9)]),
    "draws, torch": ("return torch.rand(2, generator=given[0])",
                     [(g, n) for g in [torch.Generator().manual_seed(3)] for n in range(90)]),
    "draws by nobody's generator": ("return torch.rand(2)", [(n,) for n in range(5)]),
    "changes a list that is passed on": ("given[0].append(calls)\n    return list(given[0])",
                                         [(kept, n) for kept in [[7]] for n in range(6)]),
    "passes on from another place": ("given[-1].append(len(given))\n    return list(given[-1])",
                                     [(1, a) if n % 2 else (a,) for a in [[7]] for n in range(6)]),
    "changes a tensor of its own": ("given[0].add_(1)\n    return given[0] * 2",
                                    [(torch.full((2,), float(n)),) for n in range(6)]),
    "raises": ("if given[0] == 3: raise KeyError('three')\n    return given[0]",
               [(n,) for n in range(9)]),
    "raises first": ("raise ValueError(f'no {given[0]}')", [(n,) for n in range(9)]),
    "large arguments": ("return given[0].sum()", [(torch.ones(2**18) * n,) for n in range(9)]),
    "large results": ("return torch.ones(2**16) * given[0]", [(n,) for n in range(60)]),
    "arguments and results of any size": ("return [given[0], given[0]]",
                                          [(torch.ones(2 ** (n % 18)),) for n in range(50)]),
}  # fmt: skip


def said(function: Any, calls: list[Any]) -> list[Any]:
    """What came of the calls: their results, or the exception that ended them; the arguments."""
    try:
        came: list[Any] = checks.each(function, calls)
    except Exception as error:
        came = [type(error), str(error)]
    return [came, [list(arguments) for arguments in calls if len(arguments) < 3]]


def plain(value: Any) -> Any:
    """With tensors and generators as lists and numbers, which compare."""
    if isinstance(value, torch.Tensor):
        return value.tolist()
    if isinstance(value, torch.Generator):
        return value.get_state().tolist()
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


TEST = """
def test_it(f, made):
    from tests.sandbox import test_together
    test_together.compare(f, made)
"""
NAME = ""


def compare(proxy: Any, made: Any) -> None:
    """Called in the judge: the student's function in its process against the same one here."""
    calls = FUNCTIONS[NAME][1]
    here: dict[str, Any] = {"torch": torch, "np": np}
    exec(HEAD + FUNCTIONS[NAME][0], here)
    torch.default_generator.manual_seed(0)
    copies = _copied(calls)
    there = plain(said(proxy, calls))
    torch.default_generator.manual_seed(0)
    assert there == plain(said(here["f"], copies))
    assert made() == here["calls"]


def _copied(calls: list[Any]) -> list[Any]:
    """A copy in which what was one object still is one."""
    known: dict[int, Any] = {}

    def twin(value: Any) -> Any:
        if isinstance(value, torch.Generator):
            return known.setdefault(id(value), torch.Generator().set_state(value.get_state()))
        return known.setdefault(id(value), copy.deepcopy(value))

    return [tuple(twin(value) for value in arguments) for arguments in calls]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_together_as_one_after_the_other(name, engine, monkeypatch):
    monkeypatch.setattr("tests.sandbox.test_together.NAME", name)
    (test,) = grade(engine, HEAD + FUNCTIONS[name][0], TEST).tests
    assert test.passed, test.detail


def test_they_are_sent_at_once(engine, monkeypatch):
    sent: list[int] = []
    send = Session.send

    def counting(self: Session, action: Any, questions: Any, seconds: Any = None) -> Any:
        sent.append(len(questions))
        return send(self, action, questions, seconds)

    monkeypatch.setattr(Session, "send", counting)
    test = "def test_it(f):\n    from reference import checks\n"
    test += "    assert checks.each(f, [(n,) for n in range(9)]) == list(range(9))"
    assert grade(engine, "def f(x): return x", test).points == 1
    assert 9 in sent


ENDS = {
    "ends its process": "import os\n    if x == 2: os._exit(3)",
    "never ends": "while x == 2: pass",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_call_that_ends_everything_ends_the_test_and_not_the_next(how, limited):
    test = "def test_{}(f):\n    from reference import checks\n"
    test += "    assert checks.each(f, [(n,) for n in range({})]) == list(range({}))"
    answer = f"def f(x):\n    {ENDS[how]}\n    return x"
    started = time.monotonic()
    section = grade(limited(call_seconds=1.0), answer, test.format("a", 9, 9),
                    test.format("b", 2, 2))  # fmt: skip
    assert [one.passed for one in section.tests] == [False, True]
    assert len(section.events) == 1
    # One call's time, not that of nine.
    assert time.monotonic() - started < 6


def test_a_result_says_nothing_of_its_object_once_a_later_call_has_run(engine):
    """What was told with an object holds until the next question."""
    answer = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Plan:
    size: int
made = []
def f(x):
    made.append(Plan(x))
    for plan in made: object.__setattr__(plan, "size", x)
    return made[-1]
"""
    test = "def test_it(f):\n    from reference import checks\n"
    test += "    assert [plan.size for plan in checks.each(f, [(1,), (2,), (3,)])] == [3, 3, 3]"
    assert grade(engine, answer, test).points == 1
