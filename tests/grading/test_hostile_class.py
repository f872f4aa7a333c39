"""A class with attackers in it: honest marks stay, everybody has a row, nothing is left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from autograder.course.packages import Built
from autograder.course.samples import fill_in
from autograder.grading.grade import ClassResult, Options, grade_class
from autograder.model import Notebook, NotebookOutcome
from autograder.outputs.publish import publish
from autograder.sandbox import SandboxEngine, probe
from tests.hostile import (
    ATTACKED,
    ATTACKS,
    CANARY,
    COURSES,
    LIMITS,
    Attack,
    adopt_orphans,
    course_of,
    read_attack,
    traces,
)
from tests.processes import lingering, settled

SAMPLE = (
    "bomb_memory", "die_os_exit", "escape_mounts", "frame_huge", "inject_html", "kill_parent",
    "loop_signals_blocked", "network_unix", "patch_otter", "persist_in_tmp", "read_hidden_tests",
    "write_outside",
)  # fmt: skip
ENGINE = "tests.hostile:TightEngine"


@pytest.fixture(scope="module")
def built() -> Built:
    return course_of(ATTACKED)


def honest(built: Built) -> dict[str, Notebook]:
    half = "def router_probabilities(hidden_states, router_weight):\n    return hidden_states"
    return {
        "honest-and-right": built.solution,
        "honest-and-untouched": built.package.released,
        "honest-and-half-done": fill_in(built.package, built.solution, ATTACKED, half),
    }


def alone(built: Built) -> dict[str, NotebookOutcome]:
    """What the honest ones earn where nobody attacks."""
    with SandboxEngine(LIMITS) as engine:
        return {
            name: engine.grade_notebook(built.package, notebook)
            for name, notebook in honest(built).items()
        }


def marks(outcome: NotebookOutcome) -> dict[str, dict[str, float]]:
    return {s.exercise: {test.name: test.points for test in s.tests} for s in outcome.sections}


def hostile(attack: Attack) -> Notebook:
    course = course_of(attack.exercise)
    return fill_in(course.package, course.solution, attack.exercise, attack.code)


def write_class(folder: Path, built: Built, attacks: list[Attack]) -> Path:
    folder.mkdir()
    notebooks = honest(built) | {attack.name: hostile(attack) for attack in attacks}
    for name, notebook in notebooks.items():
        # The name makes every notebook a content of its own.
        named = {**notebook, "metadata": {**notebook["metadata"], "student": name}}
        (folder / f"{name}.ipynb").write_text(json.dumps(named))
    return folder


def grade(tmp_path: Path, built: Built, attacks: list[Attack]) -> ClassResult:
    return grade_class(
        [write_class(tmp_path / "class", built, attacks)],
        tmp_path / "out",
        {course.lesson: course for course in (course_of(pair[0]).package for pair in COURSES)},
        Options(engine=ENGINE, jobs=2, deadline_seconds=90),
    )


def check(tmp_path: Path, built: Built, attacks: list[Attack], monkeypatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("ATTACK_CANARY", CANARY)
    expected = {name: marks(outcome) for name, outcome in alone(built).items()}
    adopt_orphans()
    # Engines that other tests of this session keep are not this class's.
    before = settled()
    mounts = Path("/proc/self/mountinfo").read_text()
    result = grade(tmp_path, built, attacks)
    assert not lingering(before), "a process was left behind"
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert not traces()
    assert os.listdir(scratch) == []
    check_rows(result, expected, attacks)
    check_pages(tmp_path / "out")


def check_rows(
    result: ClassResult, expected: dict[str, dict[str, dict[str, float]]], attacks: list[Attack]
) -> None:
    rows = {row.submission.name: row for row in result.rows}
    assert set(rows) == {attack.name for attack in attacks} | set(expected)
    for name, own in expected.items():
        outcome = rows[name].outcome
        assert outcome is not None
        assert marks(outcome) == own, f"{name} was graded differently among attackers"
        assert outcome.tier == probe().tier
    for attack in attacks:
        row = rows[attack.name]
        assert row.outcome is not None, f"{attack.name}: {row.problem}"
        mine, bystander = attack.sections(row.outcome)
        assert mine.points <= attack.marks, attack.name
        assert bystander.points == bystander.max_points, attack.name
        assert b"PWNED" not in msgspec.json.encode(row.outcome), attack.name
        assert CANARY.encode() not in msgspec.json.encode(row.outcome), attack.name


def check_pages(out: Path) -> None:
    """What students and instructors open holds the attackers' scripts as text only."""
    publish(out)
    pages = [path for path in out.rglob("*") if path.suffix in (".html", ".csv", ".json")]
    assert pages
    for page in pages:
        content = page.read_text()
        assert "PWNED" not in content or page.suffix == ".html", page.name
        assert CANARY not in content, page.name
        if page.suffix == ".html":
            assert "<script>window.pwnedByStudent" not in content, page.name
            assert "<img src=x" not in content, page.name


def test_a_dozen_attackers_and_three_honest_students(tmp_path, built, monkeypatch) -> None:
    attacks = [read_attack(path) for path in ATTACKS if path.stem in SAMPLE]
    assert len(attacks) == len(SAMPLE)
    check(tmp_path, built, attacks, monkeypatch)


@pytest.mark.long
def test_every_attack_and_three_honest_students_in_one_class(tmp_path, built, monkeypatch) -> None:
    check(tmp_path, built, [read_attack(path) for path in ATTACKS], monkeypatch)
