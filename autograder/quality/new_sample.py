"""Make a sample answer from a class's wrong answer: a draft that lacks only its two sentences."""

from __future__ import annotations

import ast
from itertools import count
from pathlib import Path

import yaml

from autograder.cells import Role, split
from autograder.course.lessons import checkout_root, lesson_of, samples_dir
from autograder.course.packages import load_built
from autograder.diagnosis.naming import failed_tests
from autograder.errors import InvalidInput
from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.intake import parse_notebook
from autograder.model import GradingPackage, Notebook, SectionOutcome

SENTENCE = "Say here what the student believes."
IDEA = "Say here, in a sentence for students, which idea to think over again."


def draft_sample(out: Path, submission: str, exercise: str, folder: Path | None = None) -> Path:
    """Write a ``wrong_*.py`` from a submission and return its path.

    The file names nobody; its failed tests are those of the grading. The sentences are left to the
    author, and `autograder check` tests the rest.

    Args:
        out: the folder with the gradebook.
        submission: the submission's name.
        exercise: the exercise whose answer is taken.
        folder: where the sample answers are; the checkout's by default.

    Raises:
        ValueError: there is no such submission or exercise, it passed every test, or its answer
            is not Python that can be read.
    """
    if folder is None and checkout_root() is None:
        raise InvalidInput("sample answers are kept in a checkout of the course; run this in one")
    with Gradebook.open(out) as book:
        row, section = _find(book.rows(), submission, exercise)
        notebook = parse_notebook(book.notebook(row.submission.content_hash))
    failed = failed_tests(section)
    if not failed:
        raise InvalidInput(f"submission is {submission!r}; its {exercise} passes every test")
    text = draft(answer_of(load_built(lesson_of(exercise)).package, notebook, exercise), failed)
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidInput(
            f"submission is {submission!r}; its {exercise} is not Python that can be read: {error}"
        ) from None
    path = _free_name((folder or samples_dir()) / exercise)
    write_whole(path, text.encode())
    return path


def answer_of(package: GradingPackage, notebook: Notebook, exercise: str) -> str:
    """Return the code of a student's own cells of an exercise, without the prediction."""
    (part,) = (part for part in split(package, notebook) if part.exercise == exercise)
    own = [
        cell.source.strip()
        for cell in part.cells
        if not cell.unchanged and cell.role not in (Role.SETUP, Role.PREDICT)
    ]
    return "\n\n\n".join(source for source in own if source)


def draft(answer: str, failed: frozenset[str]) -> str:
    """Return the text of a sample answer whose sentences are still to be written."""
    front = {"misconception": SENTENCE, "feedback": IDEA, "fails": sorted(failed)}
    head = yaml.safe_dump(front, sort_keys=False, width=10_000)
    return f'"""\n{head}"""\n\n{answer.strip()}\n'


def _find(rows: list[Row], submission: str, exercise: str) -> tuple[Row, SectionOutcome]:
    mine = [row for row in rows if row.submission.name == submission]
    if not mine:
        raise InvalidInput(f"submission is {submission!r}; the gradebook has no such submission")
    sections = [(row, part) for row in mine if row.outcome for part in row.outcome.sections]
    for row, part in sections:
        if part.exercise == exercise:
            return row, part
    names = ", ".join(part.exercise for _, part in sections) or "no graded exercise"
    raise InvalidInput(f"exercise is {exercise!r}; this submission has {names}")


def _free_name(folder: Path) -> Path:
    return next(
        path for number in count(1) if not (path := folder / f"wrong_draft_{number}.py").exists()
    )
