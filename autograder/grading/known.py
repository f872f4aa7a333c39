"""The answers of all sample answers: worked out once per state of the sources."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterable

import msgspec

from autograder.course.lessons import PACKAGE_DIR, Lesson, lessons, samples_dir, workspace
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.diagnosis.known import (
    Known,
    KnownFunction,
    Names,
    encode_known,
    known_functions,
)
from autograder.files import write_whole
from autograder.grading.inprocess import InProcessEngine
from autograder.model import GradingPackage


class _Kept(msgspec.Struct, frozen=True):
    digest: str
    known: Known


Told = Callable[[str], object]
"""Is told, in a sentence, before the work of seconds begins."""


def say_nothing(sentence: str) -> None:
    """What to pass where nobody waits at a console."""


def load_known(lesson: Lesson, told: Told = say_nothing) -> Known:
    """Return how the right and wrong sample answers of a lesson answer its probes.

    Taken from ``dist/``, worked out anew when a source, a sample answer or a probe has changed.
    """
    digest = _digest(lesson)
    path = workspace() / "dist" / "diagnosis" / f"{lesson.slug}.msgpack"
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
        if kept.digest == digest:
            return kept.known
    told(f"Working out how the sample answers of {lesson.slug} behave: once, some seconds.")
    known = {exercise: ask_samples(lesson, exercise) for exercise in lesson.exercises}
    # Not JSON, which has no word for infinity: some answers are.
    write_whole(path, msgspec.msgpack.encode(_Kept(digest, known)))
    return known


def packages_with_known(told: Told = say_nothing) -> dict[str, GradingPackage]:
    """Return every lesson's grading package, with what a diagnosis compares with."""
    return {slug: with_known(lesson, told) for slug, lesson in lessons().items()}


def with_known(lesson: Lesson, told: Told = say_nothing) -> GradingPackage:
    """Return one lesson's grading package, with what a diagnosis compares with."""
    known = encode_known(load_known(lesson, told))
    return msgspec.structs.replace(load_built(lesson).package, diagnosis=known)


def ask_samples(
    lesson: Lesson, exercise: str, samples: Iterable[SampleAnswer] | None = None
) -> tuple[KnownFunction, ...]:
    """Ask the solution and the sample answers of an exercise, in this process: they are ours."""
    built = load_built(lesson)
    engine = InProcessEngine()

    def names_of(sample: SampleAnswer) -> Names:
        filled = fill_in(built.package, built.solution, exercise, sample.source)
        return engine.namespace(built.package, filled, exercise)

    solution = engine.namespace(built.package, built.solution, exercise)
    chosen = load_samples(exercise) if samples is None else samples
    with contextlib.redirect_stdout(io.StringIO()):  # Some sample answers print.
        return known_functions(exercise, chosen, names_of, solution)


def _digest(lesson: Lesson) -> str:
    digest = hashlib.sha256(load_built(lesson).source_digest.encode())
    folders = [
        *(samples_dir() / exercise for exercise in lesson.exercises),
        PACKAGE_DIR.parent / "reference" / "probes",
        PACKAGE_DIR / "diagnosis",
    ]
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
