"""Every attack of tests/attacks, at every tier the machine allows: nothing gained, read or left.

An attack is the answer of one exercise. It says that it succeeded by writing ``PWNED`` into its
prediction, the one value that comes back to us whatever the tests say. The default run takes all
attacks at the best tier and, at the lower ones, those that another layer stops there; ``-m long``
takes the rest.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built
from autograder.course.samples import fill_in
from autograder.model import GradingPackage, Notebook, NotebookOutcome
from autograder.sandbox import SandboxEngine, probe
from tests.hostile import (
    ATTACKED,
    ATTACKS,
    BYSTANDER,
    CANARY,
    ENDLESS,
    KERNEL,
    LIMITS,
    PAGE,
    Attack,
    course_of,
    read_attack,
    traces,
    with_table,
)
from tests.processes import lingering, settled

TIERS = [tier for tier in "ABC" if tier >= probe().tier]
TIER_C_SAMPLE = 3
"""At tier C every third of those attacks runs by default."""


def trials() -> list[object]:
    """(tier, attack) for every tier and attack; those of the long run are marked."""
    found: list[object] = []
    for tier in TIERS:
        kernel = 0
        for path in ATTACKS:
            attack = read_attack(path)
            kernel += attack.kind in KERNEL
            default = tier == TIERS[0] or (
                attack.kind in KERNEL and (tier != "C" or kernel % TIER_C_SAMPLE == 0)
            )
            marks = () if default else pytest.mark.long
            found.append(pytest.param(tier, attack, marks=marks, id=f"{tier}-{attack.name}"))
    return found


@pytest.fixture(scope="module")
def engine_of() -> Iterator[Callable[[str], SandboxEngine]]:
    """One engine for each tier, started when it is first asked for."""
    os.environ["ATTACK_CANARY"] = CANARY
    engines: dict[str, SandboxEngine] = {}

    def engine(tier: str) -> SandboxEngine:
        if tier not in engines:
            engines[tier] = SandboxEngine(LIMITS, tier=tier)
        return engines[tier]

    yield engine
    for started in engines.values():
        started.close()


@pytest.fixture(scope="module")
def built() -> Built:
    return course_of(ATTACKED)


@pytest.fixture(scope="module")
def package(built: Built) -> GradingPackage:
    return built.package


def attacked(package: GradingPackage, solution: Notebook, code: str) -> Notebook:
    return fill_in(package, solution, ATTACKED, code)


def everything(outcome: NotebookOutcome) -> str:
    return msgspec.json.encode(outcome).decode()


@pytest.mark.parametrize(("tier", "attack"), trials())
def test_attack_gains_reads_and_leaves_nothing(tier: str, attack: Attack, engine_of) -> None:
    course = course_of(attack.exercise)
    notebook = fill_in(course.package, course.solution, attack.exercise, attack.code)
    engine = engine_of(tier)
    engine.limits = attack.limits
    outcome = engine.grade_notebook(course.package, notebook)
    mine, bystander = attack.sections(outcome)
    assert "PWNED" not in everything(outcome), attack.intent
    assert CANARY not in everything(outcome)
    assert mine.points <= attack.marks, [test.name for test in mine.tests if test.passed]
    assert mine.max_points == 10
    assert bystander.points == bystander.max_points, "another exercise was hurt"
    assert not traces()
    if attack.events:
        assert {event.kind for event in mine.events} & attack.events, mine.events
    for event in mine.events:
        assert event.sentence.isprintable()
        assert 10 < len(event.sentence) < 600


@pytest.mark.parametrize("tier", TIERS)
def test_the_engine_still_grades_honest_work(tier: str, engine_of, package, built) -> None:
    outcome = engine_of(tier).grade_notebook(package, built.solution)
    assert outcome.points == outcome.max_points


def test_nothing_is_left_when_the_engine_closes(package, built) -> None:
    before = settled()
    mounts = Path("/proc/self/mountinfo").read_text()
    with SandboxEngine(ENDLESS) as engine:
        engine.grade_notebook(package, attacked(package, built.solution, "while True: pass"))
    assert not lingering(before)
    assert Path("/proc/self/mountinfo").read_text() == mounts


OF_INPUTS, OF_PARAMETERS = "test_the_experts_pass_gradients_on", "test_the_router_can_learn"
GRADIENT_LIES = {
    "doubled": ("pairs = [[i, 2 * g] for i, g in pairs]", {OF_INPUTS}),
    "misfit": ("pairs = [[i, torch.zeros(3, 3, 3)] for i, g in pairs]", {OF_INPUTS}),
    "parameters": ("waiting[token] = [(p, 2 * g) for p, g in waiting[token]]", {OF_PARAMETERS}),
    "missing": ("token, pairs = 0, []", {OF_INPUTS, OF_PARAMETERS}),
}
"""What a lying process does to the gradients of inputs and parameters, and the tests it fails."""
LYING = """
import gc as _gc

_server = next(
    thing
    for thing in _gc.get_objects()
    if type(thing).__name__ == "Server" and hasattr(thing, "_actions")
)
encode = _server._objects.encoder.encode


def _lie(number, upstream):
    token, pairs = _server._objects.gradients(number, _server._value(upstream))
    waiting = _server._objects._pending
    LIE
    return [token, encode(pairs)]


_server._actions["vjp"] = _lie
"""


@pytest.mark.parametrize("lie", GRADIENT_LIES)
def test_wrong_answers_about_gradients_lose_the_marks_of_gradients(
    lie: str, engine_of, package, built
) -> None:
    """A right layer whose process lies about what its derivative is."""
    code, lost = GRADIENT_LIES[lie]
    hostile = copy.deepcopy(built.solution)
    roles = {cell["id"]: cell["metadata"] for cell in package.released["cells"]}
    for cell in hostile["cells"]:
        meta = roles.get(cell.get("id"), {})
        if meta.get("exercise") == BYSTANDER and meta["role"] == "answer":
            cell["source"] += LYING.replace("LIE", code)
    untouched, lying = engine_of(TIERS[0]).grade_notebook(package, hostile).sections
    assert untouched.points == untouched.max_points
    failed = {test.name for test in lying.tests if not test.passed}
    assert failed == lost


WRECKING = """
import functools as _functools
import types as _types


def _wreck(value):
    if isinstance(value, (torch.Tensor, np.ndarray)):
        with torch.no_grad():
            value[...] = 0
    elif isinstance(value, (list, dict, set)):
        value.clear()
    elif isinstance(value, tuple):
        for item in value:
            _wreck(item)


def _wrecking(function):
    @_functools.wraps(function)
    def call(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            _wreck(value)
        return function(*args, **kwargs)

    return call


for _name, _value in list(globals().items()):
    if isinstance(_value, _types.FunctionType) and _value.__module__ == "__main__":
        if not _name.startswith("_"):
            globals()[_name] = _wrecking(_value)
"""
"""Makes every function of an exercise wreck its arguments before it does its work."""


@pytest.mark.long
@pytest.mark.parametrize("lesson", list(lessons()))
def test_a_student_who_wrecks_arguments_spoils_no_constant_of_the_judge(lesson: str) -> None:
    built = load_built(lessons()[lesson])
    roles = {cell["id"]: cell["metadata"]["role"] for cell in built.package.released["cells"]}
    hostile = copy.deepcopy(built.solution)
    for cell in hostile["cells"]:
        if roles.get(cell.get("id")) == "answer":
            cell["source"] += WRECKING
    with SandboxEngine() as engine:
        engine.grade_notebook(built.package, hostile)
        outcome = engine.grade_notebook(built.package, built.solution)
    assert outcome.points == outcome.max_points


def test_there_are_at_least_forty_attacks_each_with_intent_and_outcome() -> None:
    attacks = [read_attack(path) for path in ATTACKS]
    assert len(attacks) >= 40
    assert all(attack.intent and attack.outcome for attack in attacks)
    assert len({attack.intent for attack in attacks}) == len(attacks)


def test_the_table_of_the_security_page_is_made_from_the_attacks() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run: python -m tests.hostile"
