"""How often the judge asks a child, and that asking less often never shows an older value."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from autograder.sandbox.session import Session
from tests.sandbox.handmade import grade


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the questions by their kind."""
    counts: Counter[str] = Counter()
    ask = Session.ask

    def counting(self: Session, action: Any, *fields: Any, **more: Any) -> Any:
        counts[str(action)] += 1
        return ask(self, action, *fields, **more)

    monkeypatch.setattr(Session, "ask", counting)
    return counts


def passed(outcome):
    return [(test.passed, test.detail) for test in outcome.tests] == [(True, "")] * len(
        outcome.tests
    )


def test_names_are_asked_for_once(engine, asked):
    answer = "prediction_a = 3\ndef f(x): return x + 1\ndef g(x): return x - 1"
    tests = [
        f"def test_{n}(f, g, prediction_a, missing):\n"
        "    assert missing is None and f(g(prediction_a)) == 3"
        for n in range(6)
    ]
    outcome = grade(engine, answer, *tests)
    assert passed(outcome)
    assert outcome.prediction == "3"
    assert (asked["names"], asked["get"]) == (1, 0)


NEW_MEANING = {
    "a function": ("def f(x): return 1", "f(0) == 1", "f = lambda x: 2", "f(0) == 2"),
    "a number": ("n = 1", "n == 1", "n += 1", "n == 2"),
    "a list": ("n = [1]", "n == [1]", "n.append(2)", "n == [1, 2]"),
    "a tensor": ("n = torch.ones(1)", "n == 1", "n.mul_(2)", "n == 2"),
    "a name that was missing": ("", "n is None", "n = 5", "n == 5"),
    "a name that is gone": ("n = 5", "n == 5", "del n", "n is None"),
}


@pytest.mark.parametrize("what", NEW_MEANING)
def test_a_name_bound_anew_by_a_call_is_seen_by_the_next_test(what, engine):
    first, before, change, after = NEW_MEANING[what]
    answer = f"{first}\ndef step():\n    global f, n\n    {change}"
    outcome = grade(
        engine,
        answer,
        f"def test_before(n, f, step):\n    assert {before}\n    step()",
        f"def test_after(n, f):\n    assert {after}",
    )
    assert passed(outcome)


PATCHED = """
import gc
server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
def f(x): return x + 1
server._actions["names"] = lambda names: %s
"""


@pytest.mark.parametrize("answer", ["5", "[]", "[[1]] * 99", "[7 for name in names]"])
def test_malformed_names_end_the_child(answer, engine):
    outcome = grade(engine, PATCHED % answer)
    assert {event.kind for event in outcome.events} == {"protocol violation"}
    assert outcome.points == 0


def test_a_child_that_cannot_say_its_names_is_asked_for_each(engine, asked):
    assert grade(engine, PATCHED % "1 / 0").points == 1
    assert asked["get"] >= 1


PLAN = """
from dataclasses import dataclass, field

@dataclass(frozen=True)
class Plan:
    size: int
    name: str = "p"
    share: float = 0.5
    parts: list = field(default_factory=list)

def plan(): return Plan(3)
"""


def test_fields_of_frozen_data_come_with_the_object(engine, asked):
    test = """
def test_it(plan):
    one = plan()
    assert (one.size, one.name, one.share, one.size) == (3, "p", 0.5, 3)
    assert one.parts == []
    assert not hasattr(one, "weight")
"""
    assert passed(grade(engine, PLAN, test))
    assert asked["attribute"] == 2


CHANGES = {
    "from inside": "def change(p): object.__setattr__(p, 'size', 4)",
    "by its dictionary": "def change(p): p.__dict__['size'] = 4",
    "by a property put in later": (
        "def change(p): Plan.size = property(lambda self: 4, lambda self, value: None)"
    ),
}


@pytest.mark.parametrize("how", CHANGES)
def test_fields_that_changed_since_are_asked_for_anew(how, engine):
    test = """
def test_it(plan, change):
    one = plan()
    assert one.size == 3
    change(one)
    assert one.size == 4
    assert plan().name == "p"
"""
    assert passed(grade(engine, PLAN + CHANGES[how], test))


COMPUTED = {
    "property": "    @property\n    def size(self): return 3",
    "getattribute": (
        "    def __getattribute__(self, name):\n"
        "        return 3 if name == 'size' else object.__getattribute__(self, name)"
    ),
    "descriptor": "    size = Three()",
}


@pytest.mark.parametrize("how", COMPUTED)
def test_what_a_class_computes_is_asked_for(how, engine):
    answer = f"""
from dataclasses import dataclass
class Three:
    def __get__(self, one, kind=None): return 3
    def __set__(self, one, value): pass
@dataclass(frozen=True)
class Odd:
    name: str
{COMPUTED[how]}
def plan():
    one = Odd("p")
    one.__dict__["size"] = 9
    return one
"""
    test = "def test_it(plan):\n    one = plan()\n    assert (one.name, one.size) == ('p', 3)"
    assert passed(grade(engine, answer, test))


@pytest.mark.parametrize("fields", ["[[1, 2]]", "[['size', [0, 1]]]", "7", "[['size']]"])
def test_malformed_fields_end_the_child(fields, engine):
    answer = (
        PATCHED % "1 / 0"
        + f"""
server._actions["call"] = lambda *fields: ["done", [17, 1, "x", {fields}], []]
"""
    )
    (event,) = grade(engine, answer).events
    assert event.kind == "protocol violation"


def test_fields_take_no_part_in_the_limits_of_an_answer(engine):
    """Two hundred thousand objects of six fields are sent as before: without their fields."""
    answer = """
from dataclasses import make_dataclass
Six = make_dataclass("Six", [(letter, int, 1) for letter in "abcdef"], frozen=True)
def many(): return [Six()] * 200_000
"""
    test = """
def test_it(many):
    found = many()
    assert len(found) == 200_000 and found[0].a == 1
"""
    assert passed(grade(engine, answer, test))
