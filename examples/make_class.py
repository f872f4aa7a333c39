"""Make the sample class from the sample answers: the same files on every run.

Twelve students hand in up to three notebooks. Most answers are sample answers, so their points are
known; a few files show what goes wrong in real classes.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from autograder.course.build import notebook_bytes
from autograder.course.lessons import Lesson, lessons
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.files import write_whole
from autograder.model import Notebook

CLASS = Path(__file__).parent / "class"
STUDENTS = (
    "adaeze-obi",
    "bjorn-lindqvist",
    "chen-wei",
    "dolores-ibarra",
    "emre-yilmaz",
    "fatima-zahra",
    "grace-oyelaran",
    "hiroshi-tanaka",
    "ines-moreau",
    "jakub-nowak",
    "keala-kahale",
    "leila-haddad",
)
CRASH = "import ctypes\nctypes.string_at(0)  # reads address zero: the process dies\n"


def make_class(folder: Path) -> None:
    """Write the sample class into a folder, removing what was there."""
    if folder.exists():
        shutil.rmtree(folder)
    for place, student in enumerate(STUDENTS):
        for number, lesson in enumerate(lessons().values()):
            if number and (place + number) % 3 == 0:
                continue  # not everybody hands in everything
            path = folder / student / f"{lesson.slug}.ipynb"
            write_whole(path, notebook_bytes(submission(lesson, student, place)))
    spoil(folder)


def submission(lesson: Lesson, student: str, place: int) -> Notebook:
    """Return one student's notebook: right, wrong and missing answers, the same in each run."""
    built = load_built(lesson)
    notebook = built.package.released
    rng = random.Random(f"{student} {lesson.slug}")
    for exercise in lesson.exercises:
        sample = _pick(load_samples(exercise), rng, share_right=0.35 + 0.05 * place)
        if sample is not None:
            guess = _guess(built, exercise)
            notebook = fill_in(built.package, notebook, exercise, sample.source, guess)
    return notebook


def _pick(
    samples: list[SampleAnswer], rng: random.Random, share_right: float
) -> SampleAnswer | None:
    draw = rng.random()
    if draw > 0.93:
        return None
    kind = "correct" if draw < share_right else "wrong"
    return rng.choice([sample for sample in samples if sample.kind == kind])


def _guess(built: object, exercise: str) -> str:
    """Return the code of the solution's prediction: always an allowed value."""
    for cell in built.solution["cells"]:  # type: ignore[attr-defined]
        if cell["metadata"].get("exercise") == exercise and cell["metadata"]["role"] == "predict":
            value: str = cell["source"].partition("=")[2].rpartition("# SOLUTION")[0]
            return value.strip()
    raise ValueError(f"exercise: {exercise!r} has no predict cell")


def spoil(folder: Path) -> None:
    """Add what every real class has: an empty file, a crash, a wrong file, a damaged notebook."""
    first, second, third = lessons().values()
    crashed = folder / "emre-yilmaz" / f"{first.slug}.ipynb"
    _replace_answer(crashed, first, first.exercises[1], CRASH)
    write_whole(folder / "jakub-nowak" / f"{second.slug}.ipynb", b"")
    write_whole(folder / "keala-kahale" / "notes on parallelism.ipynb", b"Dear professor, ...\n")
    renamed = folder / "leila-haddad" / f"{third.slug}.ipynb"
    renamed.rename(renamed.with_name("final FINAL (2).ipynb"))


def _replace_answer(path: Path, lesson: Lesson, exercise: str, answer: str) -> None:
    import json

    package = load_built(lesson).package
    notebook = fill_in(package, json.loads(path.read_text()), exercise, answer)
    write_whole(path, notebook_bytes(notebook))


if __name__ == "__main__":
    make_class(CLASS)
