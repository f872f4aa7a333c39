"""The answers of all sample answers: worked out once per state of the sources."""

from __future__ import annotations

import contextlib
import hashlib
import io
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from autograder.course.lessons import PACKAGE_DIR, Lesson, lessons, samples_dir, workspace
from autograder.course.packages import load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.files import write_whole
from autograder.model import GradingPackage

if TYPE_CHECKING:
    from autograder.diagnosis.known import Known, KnownFunction, Names


class _Kept(msgspec.Struct, frozen=True):
    digest: str
    known: bytes


Told = Callable[[str], object]
"""Is told, in a sentence, before the work of seconds begins."""


def say_nothing(sentence: str) -> None:
    """What to pass where nobody waits at a console."""


def load_known(lesson: Lesson) -> Known:
    """Return how the right and wrong sample answers of a lesson answer its probes."""
    from autograder.diagnosis.known import decode_known

    return decode_known(encoded_known(lesson))


def encoded_known(lesson: Lesson, told: Told = say_nothing) -> bytes:
    """Return the same as a grading package carries it.

    Taken from ``dist/``, worked out anew when a source, a sample answer or a probe has changed.
    """
    digest = _digest(lesson)
    path = workspace() / "dist" / "diagnosis" / f"{lesson.slug}.msgpack"
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        kept = msgspec.msgpack.decode(path.read_bytes(), type=_Kept)
        if kept.digest == digest:
            return kept.known
    told(f"Working out how the sample answers of {lesson.slug} behave: once, some seconds.")
    # In a process of its own: it loads torch, which the one that hands out work does without.
    command = [sys.executable, "-m", "autograder.grading.known", lesson.slug]
    known = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    write_whole(path, msgspec.msgpack.encode(_Kept(digest, known)))
    return known


def _ask_lesson(lesson: Lesson) -> bytes:
    from autograder.diagnosis.known import encode_known

    return encode_known({exercise: ask_samples(lesson, exercise) for exercise in lesson.exercises})


def packages_with_known(told: Told = say_nothing) -> dict[str, GradingPackage]:
    """Return every lesson's grading package, with what a diagnosis compares with."""
    return {slug: with_known(lesson, told) for slug, lesson in lessons().items()}


def with_known(lesson: Lesson, told: Told = say_nothing) -> GradingPackage:
    """Return one lesson's grading package, with what a diagnosis compares with."""
    package = load_built(lesson).package
    return msgspec.structs.replace(package, diagnosis=encoded_known(lesson, told))


def ask_samples(
    lesson: Lesson, exercise: str, samples: Iterable[SampleAnswer] | None = None
) -> tuple[KnownFunction, ...]:
    """Ask the solution and the sample answers of an exercise, in this process: they are ours."""
    from autograder.diagnosis.known import known_functions
    from autograder.grading.inprocess import InProcessEngine

    built = load_built(lesson)
    engine = InProcessEngine()

    def names_of(sample: SampleAnswer) -> Names:
        filled = fill_in(built.package, built.solution, exercise, sample.source)
        return engine.namespace(built.package, filled, exercise)

    solution = engine.namespace(built.package, built.solution, exercise)
    chosen = load_samples(exercise) if samples is None else samples
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Some sample answers print or make torch warn.
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


if __name__ == "__main__":
    sys.stdout.buffer.write(_ask_lesson(lessons()[sys.argv[1]]))
