"""The submissions that every grader gets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from autograder.course.build import notebook_bytes
from autograder.course.lessons import Lesson
from autograder.course.packages import load_built
from autograder.course.samples import fill_in, load_samples
from autograder.model import Notebook


def whole_lessons(lesson: Lesson, count: int) -> Iterator[Notebook]:
    """Yield notebooks with correct sample answers to every exercise in turn; no two alike."""
    built = load_built(lesson)
    answers = {
        exercise: cycle(
            [entry.source for entry in load_samples(exercise) if entry.kind == "correct"]
        )
        for exercise in lesson.exercises
    }
    for number in range(count):
        notebook = built.solution
        for exercise, sources in answers.items():
            answer = f"{next(sources)}\n# submission {number}\n"
            notebook = fill_in(built.package, notebook, exercise, answer)
        yield notebook


def small_ones(lesson: Lesson, count: int) -> Iterator[Notebook]:
    """Yield notebooks in which only the first exercise is answered; no two alike."""
    built = load_built(lesson)
    exercise = lesson.exercises[0]
    sources = cycle([entry.source for entry in load_samples(exercise)])
    for number, source in enumerate(islice(sources, count)):
        yield fill_in(
            built.package, built.package.released, exercise, f"{source}\n# submission {number}\n"
        )


def write_class(folder: Path, notebooks: Iterator[Notebook]) -> list[Path]:
    """Write one notebook per student into a new folder."""
    folder.mkdir()
    paths = []
    for number, notebook in enumerate(notebooks):
        paths.append(folder / f"student{number:05d}.ipynb")
        paths[-1].write_bytes(notebook_bytes(notebook))
    return paths
