"""The attacks of tests/attacks, and what their tests share.

``python -m tests.hostile`` writes both tables of attacks into docs/security.md: those of notebooks,
which are here, and those on the class, which tests/class_attacks.py reads.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import yaml

from autograder.course.lessons import lesson_of
from autograder.course.packages import Built, load_built
from autograder.files import write_whole
from autograder.model import NotebookOutcome, SectionOutcome
from autograder.sandbox import Limits, SandboxEngine
from tests import class_attacks

ROOT = Path(__file__).parents[1]
ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- attacks: made by python -m tests.hostile -->", "<!-- end of attacks -->"
ON_THE_CLASS = (
    "<!-- attacks on the class: made by python -m tests.hostile -->",
    "<!-- end of attacks on the class -->",
)
LIMITS = Limits(
    cell_seconds=3,
    call_seconds=1.5,
    judge_seconds=6,
    section_seconds=20,
    submission_seconds=60,
    fresh_starts=4,
    memory_bytes=250_000_000,
)
ENDLESS = msgspec.structs.replace(LIMITS, cell_seconds=1.5, call_seconds=0.75)
"""Where nothing but a deadline ends an attack, which is waited for: half of the above."""
ATTACKED, BYSTANDER = "router", "moe_layer"
COURSES = ((ATTACKED, BYSTANDER), ("training_memory", "speculative_decoding"))
"""Two exercises of a lesson are enough: the attacked one and, beside it, a bystander."""
CANARY = "canary-5f1c"
KINDS = {
    "read": "Read what is not the student's",
    "write": "Write outside",
    "link": "Write outside",
    "network": "Reach the network",
    "bomb": "Use up the machine",
    "loop": "Never end",
    "sleep": "Never end",
    "hoard": "Never end",
    "die": "Crash",
    "kill": "Hurt other processes",
    "signal": "Hurt other processes",
    "spin": "Hurt other processes",
    "escape": "Leave the confinement",
    "shell": "Leave the confinement",
    "ask": "Leave the confinement",
    "persist": "Leave something behind",
    "patch": "Change the judge",
    "frame": "Forge the conversation with the judge",
    "value": "Return a value that harms or deceives",
    "pickle": "Return a value that harms or deceives",
    "log": "Return a value that harms or deceives",
    "mutate": "Return a value that harms or deceives",
    "raise": "Return a value that harms or deceives",
    "inject": "Return a value that harms or deceives",
    "probe": "Guess the answers",
    "guess": "Guess the answers",
}
"""First word of an attack's file name to its group in the table."""
KERNEL = {
    "read", "write", "link", "network", "bomb", "kill", "signal", "spin", "escape", "persist",
}  # fmt: skip
"""Kinds that another layer stops at each tier; the others meet the same code everywhere."""


class Attack(msgspec.Struct, frozen=True):
    """What an attack tries and what must come of it."""

    name: str
    intent: str
    outcome: str
    code: str
    events: frozenset[str] = frozenset()
    """Kinds of event, one of which must be reported; empty when nothing need be."""
    exercise: str = ATTACKED
    """The exercise that it answers."""
    marks: float = 1
    """What the same answer may earn without any trick: by default the answered prediction."""

    @property
    def limits(self) -> Limits:
        """Short ones where only a deadline can end it."""
        return ENDLESS if self.events == {"timeout"} else LIMITS

    @property
    def kind(self) -> str:
        return self.name.partition("_")[0]

    def sections(self, outcome: NotebookOutcome) -> list[SectionOutcome]:
        """What the attacked exercise and its bystander earned, in this order."""
        return sorted(outcome.sections, key=lambda section: section.exercise != self.exercise)


@functools.cache
def course_of(exercise: str) -> Built:
    """The lesson in which an exercise is attacked, cut to that one and a bystander."""
    exercises = next(pair for pair in COURSES if exercise in pair)
    return load_built(lesson_of(exercise), exercises)


class TightEngine(SandboxEngine):
    """The default engine with limits that make attacks short."""

    def __init__(self) -> None:
        super().__init__(LIMITS)


def read_attack(path: Path) -> Attack:
    """Read an attack file: YAML between the first triple quotes, then code."""
    _, front, code = path.read_text().split('"""', 2)
    head = yaml.safe_load(front)
    events = frozenset(head.pop("events", ()))
    return Attack(path.stem, code=code, events=events, **head)


def attack_table(attacks: Iterable[Attack]) -> str:
    """The attacks as Markdown, one table for each group."""
    groups: dict[str, list[Attack]] = {group: [] for group in KINDS.values()}
    for attack in attacks:
        groups[KINDS[attack.kind]].append(attack)
    parts = []
    for group, members in groups.items():
        rows = [f"| {one.intent} | {one.outcome} | `{one.name}` |" for one in members]
        head = f"### {group}\n\n| the student tries to | what stops it | file |\n|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    return "\n\n".join(parts)


def with_table(page: str) -> str:
    """The page with its tables made anew."""
    table = attack_table(read_attack(path) for path in ATTACKS)
    page = _between(page, table, BEGIN, END)
    return _between(page, class_attacks.class_table(), *ON_THE_CLASS)


def _between(page: str, table: str, begin: str, end: str) -> str:
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.split(end)[1]}"


def traces() -> list[str]:
    """Files that an attack leaves where it gets through."""
    places = ("/tmp", "/var/tmp", "/dev/shm", "/", "/root", "/etc", os.getcwd())
    return [
        f"{place}/attack-was-here" for place in places if Path(place, "attack-was-here").exists()
    ]


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none can hide."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


if __name__ == "__main__":
    write_whole(PAGE, with_table(PAGE.read_text()).encode())
