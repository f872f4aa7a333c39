"""Every attack of tests/attacks, at every tier the machine allows: nothing gained, read or left.

An attack is the answer of one exercise. It says that it succeeded by writing ``PWNED`` into its
prediction, the one value that comes back to us whatever the tests say.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
import yaml

from autograder.bank import fill_in
from autograder.lessons import lesson_of
from autograder.model import GradingPackage, Notebook, NotebookOutcome
from autograder.packages import Built, load_built
from autograder.sandbox import Limits, SandboxEngine, probe

ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
LIMITS = Limits(
    cell_seconds=3,
    call_seconds=1.5,
    judge_seconds=6,
    section_seconds=15,
    submission_seconds=40,
    memory_bytes=400_000_000,
)
ATTACKED = "router"
BYSTANDER = "moe_layer"
CANARY = "canary-5f1c"
TIERS = [tier for tier in "ABC" if tier >= probe().tier]


class Attack(msgspec.Struct, frozen=True):
    """What an attack tries and what must come of it."""

    intent: str
    outcome: str
    code: str
    events: frozenset[str]
    marks: float


def read_attack(path: Path) -> Attack:
    """Read an attack file: YAML between the first triple quotes, then code."""
    _, front, code = path.read_text().split('"""', 2)
    head = yaml.safe_load(front)
    return Attack(
        head["intent"],
        head["outcome"],
        code,
        frozenset(head.get("events") or ()),
        head.get("marks", 1),
    )


@pytest.fixture(scope="module", params=TIERS)
def engine(request):
    os.environ["ATTACK_CANARY"] = CANARY
    with SandboxEngine(LIMITS, tier=request.param) as engine:
        yield engine


@pytest.fixture(scope="module")
def built() -> Built:
    """The first two exercises are enough: the attacked one and a bystander."""
    return load_built(lesson_of(ATTACKED), (ATTACKED, BYSTANDER))


@pytest.fixture(scope="module")
def package(built: Built) -> GradingPackage:
    return built.package


def attacked(package: GradingPackage, solution: Notebook, code: str) -> Notebook:
    return fill_in(package, solution, ATTACKED, code)


def everything(outcome: NotebookOutcome) -> str:
    return msgspec.json.encode(outcome).decode()


def traces() -> list[str]:
    places = ("/tmp", "/var/tmp", "/dev/shm", "/", "/root", "/etc", os.getcwd())
    return [
        f"{place}/attack-was-here" for place in places if Path(place, "attack-was-here").exists()
    ]


@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_attack_gains_reads_and_leaves_nothing(path, engine, package, built) -> None:
    attack = read_attack(path)
    notebook = attacked(package, built.solution, attack.code)
    outcome = engine.grade_notebook(package, notebook)
    mine, bystander = outcome.sections
    assert "PWNED" not in everything(outcome), attack.intent
    assert CANARY not in everything(outcome)
    assert mine.points <= attack.marks, [test.name for test in mine.tests if test.passed]
    assert mine.max_points == 10
    assert bystander.points == bystander.max_points, "another exercise was hurt"
    assert not traces()
    if attack.events:
        assert {event.kind for event in mine.events} & attack.events, mine.events
    for event in mine.events:
        assert "\n" not in event.sentence
        assert 10 < len(event.sentence) < 600


def test_the_engine_still_grades_honest_work_after_every_attack(engine, package, built) -> None:
    outcome = engine.grade_notebook(package, built.solution)
    assert outcome.points == outcome.max_points


def test_nothing_is_left_when_the_engine_closes(package, built) -> None:
    before = _children()
    mounts = Path("/proc/self/mountinfo").read_text()
    with SandboxEngine(LIMITS) as engine:
        engine.grade_notebook(package, attacked(package, built.solution, "while True: pass"))
    assert _children() == before
    assert Path("/proc/self/mountinfo").read_text() == mounts


def _children() -> set[str]:
    """Processes whose ancestor is this test."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(os.getpid()):
            found.add(entry.name)
    return found


def test_there_are_at_least_forty_attacks_each_with_intent_and_outcome() -> None:
    attacks = [read_attack(path) for path in ATTACKS]
    assert len(attacks) >= 40
    assert all(attack.intent and attack.outcome for attack in attacks)
    assert len({attack.intent for attack in attacks}) == len(attacks)
