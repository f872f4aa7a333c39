"""A made-up class of any size straight in a gradebook: for the pages, without grading anything."""

from __future__ import annotations

import json
import random
from pathlib import Path

from autograder.gradebook.records import Task
from autograder.gradebook.store import Gradebook
from autograder.intake import Submission
from autograder.intake.submission import TimeSource, person
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

LESSONS = {
    "5-3-1-mixture-of-experts": ("router", "moe_layer", "expert_routing", "router_collapse"),
    "5-3-2-long-context-and-efficient-attention": (
        "rope", "attention_masks", "grouped_query_attention", "attention_cost",
    ),
    "5-3-3-training-and-serving-at-scale": (
        "training_memory", "speculative_decoding", "continuous_batching", "parallelism_advisor",
    ),
}  # fmt: skip
TESTS = (
    ("test_prediction_is_answered", 1.0, False, -2.0),
    ("test_shapes", 1.0, False, -1.5),
    ("test_example_rows_sum_to_1", 2.0, False, -1.0),
    ("test_each_row_is_a_distribution", 2.0, True, -0.3),
    ("test_inputs_stay_as_they_were", 1.0, True, -0.8),
    ("test_large_numbers", 2.0, True, 0.9),
    ("test_bad_arguments_are_refused", 1.0, True, 0.4),
)


OVERFLOW = "The exponential overflows: subtract each row's largest logit first."
FINDINGS = {
    "test_large_numbers": (
        Finding(
            function="probabilities",
            kind=FindingKind.MISCONCEPTION,
            sentence=OVERFLOW,
            call="probabilities([800.0])",
            came="tensor([nan])",
            expected="tensor([1])",
            sample="wrong_overflow",
            follows=("test_large_numbers",),
        ),
    ),
    "test_bad_arguments_are_refused": (
        Finding(
            function="select",
            kind=FindingKind.COUNTEREXAMPLE,
            sentence="select should raise ValueError here.",
            call="select([0.2, 0.8], 0)",
            came="[]",
            expected="ValueError: k is 0",
        ),
    ),
}
"""By the first failed test in the alphabet."""


def released(lesson: str) -> Notebook:
    cells = [
        {"id": f"{exercise}-0{n}", "cell_type": "code", "source": f"def {exercise}(x):\n    ...",
         "metadata": {"exercise": exercise, "role": "answer"}, "outputs": []}
        for exercise in LESSONS[lesson] for n in range(2)
    ]  # fmt: skip
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


PACKAGES = {
    lesson: GradingPackage(
        lesson=lesson,
        exercises=exercises,
        released=released(lesson),
        tests=dict.fromkeys(exercises, ""),
        digest=f"d{lesson}",
    )
    for lesson, exercises in LESSONS.items()
}


def make_class(out: Path, students: int, seed: int = 0) -> Path:
    """``students`` students, each with one of the lessons; every 40th could not be read."""
    chance = random.Random(seed)
    with Gradebook.open(out, create=True) as book:
        run = book.begin_run("sandbox-1", 2, PACKAGES, {"python": "3.11.7", "torch": "2.13.0"})
        found: list[Submission] = []
        work: list[tuple[Task, NotebookOutcome]] = []
        with book.transaction():
            for index in range(students):
                lesson = list(LESSONS)[index % len(LESSONS)]
                one = _submission(index, lesson)
                found.append(one)
                if one.lesson is None:
                    continue
                book.keep_notebook(one.content_hash, _notebook(lesson, index, chance))
                work.append(
                    (
                        Task(content_hash=one.content_hash, lesson=lesson, submission=one.name),
                        _outcome(lesson, chance),
                    )
                )
        book.record_submissions(run, found)
        for task, outcome in work:
            seconds = sum(section.seconds for section in outcome.sections)
            book.save_outcome(task, PACKAGES[task.lesson].digest, outcome, seconds)
        book.finish_run(run)
    return out


def make_one(out: Path, package: GradingPackage, notebook: Notebook, seed: int = 3) -> Path:
    """One student with a real notebook and made-up marks."""
    chance = random.Random(seed)
    one = _submission(0, package.lesson)
    with Gradebook.open(out, create=True) as book:
        run = book.begin_run("sandbox-1", 1, {package.lesson: package}, {})
        book.keep_notebook(one.content_hash, json.dumps(notebook).encode())
        book.record_submissions(run, [one])
        task = Task(content_hash=one.content_hash, lesson=package.lesson, submission=one.name)
        book.save_outcome(task, package.digest, _outcome(package.lesson, chance), 2.5)
        book.finish_run(run)
    return out


def _submission(index: int, lesson: str) -> Submission:
    name = f"student{index:04}"
    readable = index % 40 != 7
    return Submission(
        name=name,
        people=(person(folder=f"Student {index:04}"),),
        source=f"{name}.ipynb",
        root="/class",
        lesson=lesson if readable else None,
        submitted_at=1_795_000_000.0 + 600 * index,
        time_source=TimeSource.GRADESCOPE,
        content_hash=f"hash{index}" if readable else "",
        problem="" if readable else f"{name}.ipynb is an empty file.",
    )


def _notebook(lesson: str, index: int, chance: random.Random) -> bytes:
    content = released(lesson)
    author = index - 3 if index % 50 == 13 else index
    own = random.Random(author)
    for cell in content["cells"]:
        names = [f"v{own.randrange(40)}" for _ in range(12)]
        body = "\n".join(
            f"    {a} = {b} * {own.randrange(99)} + x"
            for a, b in zip(names, names[1:], strict=False)
        )
        cell["source"] += f"\n{body}\n    return x"
    content["cells"][0]["source"] += f"\n# {chance.random()}"
    return json.dumps(content).encode()


def _outcome(lesson: str, chance: random.Random) -> NotebookOutcome:
    skill = chance.gauss(0.6, 1.1)
    sections = tuple(_section(exercise, skill, chance) for exercise in LESSONS[lesson])
    return NotebookOutcome(lesson=lesson, sections=sections, engine="sandbox-1", tier="A")


def _section(exercise: str, skill: float, chance: random.Random) -> SectionOutcome:
    tests = []
    for name, points, hidden, difficulty in TESTS:
        passed = chance.gauss(skill, 0.8) > difficulty
        message = "" if passed else "Think again about what each row stands for."
        tests.append(
            TestOutcome(
                name=name,
                points=points if passed else 0.0,
                max_points=points,
                hidden=hidden,
                message=message,
            )
        )
    events: tuple[Event, ...] = ()
    if chance.random() < 0.01:
        events = (
            Event(
                kind=EventKind.TIMEOUT,
                sentence="Cell 12 ran for 10 s and was stopped.",
                exercise=exercise,
                cell=12,
            ),
        )
    prediction = chance.choice(["'same'", "'different'", "'different'", None])
    seconds = chance.uniform(0.02, 0.4)
    failed = frozenset(test.name for test in tests if not test.passed)
    found = FINDINGS.get(min(failed, default=""), ())
    behaviour = "-".join(sorted(failed)) if found else ""
    return SectionOutcome(
        exercise=exercise,
        tests=tuple(tests),
        events=events,
        prediction=prediction,
        seconds=seconds,
        rerun=False,
        findings=found,
        behaviour=behaviour,
    )
