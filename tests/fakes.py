"""A tiny course and an engine that plays every kind of trouble on request, for quick tests.

The student's first cell says what happens: ``pass router``, ``fail``, ``crash``, ``hang`` ...
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from autograder.model import (
    Event,
    EventKind,
    Finding,
    FindingKind,
    GradingPackage,
    Notebook,
    NotebookOutcome,
    SectionOutcome,
    TestOutcome,
)

ENGINE = "tests.fakes:FakeEngine"
EXERCISES_OF = {"lesson-one": ("router", "moe_layer"), "lesson-two": ("rope",)}


def released(lesson: str) -> Notebook:
    cells: list[dict[str, Any]] = []
    for exercise in EXERCISES_OF[lesson]:
        for role, kind in (("given", "markdown"), ("predict", "code"), ("answer", "code")):
            cells.append(
                {
                    "id": f"{exercise}-{role}",
                    "cell_type": kind,
                    "source": f"{role} of {exercise}" if kind == "code" else f"## The {exercise}",
                    "metadata": {"exercise": exercise, "role": role},
                }
                | ({"outputs": [], "execution_count": None} if kind == "code" else {})
            )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"lesson": lesson}, "cells": cells}


PACKAGES = {
    lesson: GradingPackage(
        lesson=lesson,
        exercises=exercises,
        released=released(lesson),
        tests=dict.fromkeys(exercises, ""),
        digest=f"d-{lesson}",
    )
    for lesson, exercises in EXERCISES_OF.items()
}


def notebook(command: str = "pass", lesson: str = "lesson-one", **extra: Any) -> bytes:
    """A submission whose first code cell holds ``command``."""
    content = released(lesson)
    content["cells"][1]["source"] = command
    content["cells"] += extra.get("cells", [])
    return json.dumps(content).encode()


def write_class(folder: Path, commands: dict[str, str], lesson: str = "lesson-one") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, command in commands.items():
        # The name makes every notebook's content its own.
        (folder / f"{name}.ipynb").write_bytes(notebook(f"{command} # {name}", lesson))
    return folder


class FakeEngine:
    """Points by command; each call leaves a line in ``$FAKE_LOG``, so that tests can count."""

    name = "fake-1"
    tier = "none"

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        command = notebook["cells"][1]["source"]
        self._log(command)
        if command.startswith("crash-once"):
            marker = Path(os.environ["FAKE_LOG"] + ".crashed")
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        elif command.startswith("crash"):
            os.kill(os.getpid(), signal.SIGKILL)
        elif command.startswith("hang"):
            time.sleep(1000)
        elif command.startswith("raise"):
            raise ValueError("a bug of ours")
        elif command.startswith("memory"):
            raise MemoryError
        elif command.startswith("slow"):
            time.sleep(float(os.environ.get("FAKE_SECONDS", "0.05")))
        sections = tuple(section(exercise, command) for exercise in package.exercises)
        return NotebookOutcome(
            lesson=package.lesson, sections=sections, engine=self.name, tier=self.tier
        )

    def close(self) -> None:
        self._log("closed")

    def _log(self, line: str) -> None:
        if path := os.environ.get("FAKE_LOG"):
            with open(path, "a") as log:
                log.write(line + "\n")


class BrokenEngine:
    """Cannot be made."""

    name = "broken-1"

    def __init__(self) -> None:
        raise RuntimeError("no sandbox here")


def section(exercise: str, command: str) -> SectionOutcome:
    """Full points, unless the command says ``fail`` (hidden test) or ``event``.

    What came back from the student's code is what follows ``fail``.
    """
    good = not command.startswith("fail")
    tests = (
        TestOutcome(name="test_prediction_is_answered", points=1.0, max_points=1.0, hidden=False),
        TestOutcome(name="test_shape", points=3.0, max_points=3.0, hidden=False),
        TestOutcome(
            name="test_idea",
            points=6.0 if good else 0.0,
            max_points=6.0,
            hidden=True,
            message="" if good else "Each row sums to 1.",
            detail="" if good else "AssertionError: secret input 42",
        ),
    )
    trouble = Event(
        kind=EventKind.TIMEOUT,
        sentence="Cell 3 ran for 10 s and was stopped.",
        exercise=exercise,
        cell=3,
    )
    events = (trouble,) if command.startswith("event") else ()
    findings = () if good else (misread(command.removeprefix("fail").strip()),)
    return SectionOutcome(
        exercise=exercise,
        tests=tests,
        events=events,
        prediction="'same'",
        seconds=0.01,
        findings=findings,
        behaviour="" if good else "b1",
    )


def misread(came: str) -> Finding:
    return Finding(
        function="softmax",
        kind=FindingKind.MISCONCEPTION,
        sentence="The softmax runs over the tokens.",
        call="softmax([1, 2])",
        came=came,
        expected="[0.3, 0.7]",
        sample="wrong_tokens",
        follows=("test_idea",),
    )
