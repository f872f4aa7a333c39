"""The grading packages: what each lesson's grading needs, built once per state of the sources."""

from __future__ import annotations

import contextlib
import hashlib

import msgspec

from autograder.course.lessons import (
    PACKAGE_DIR,
    Lesson,
    lessons,
    opening_path,
    reference_files,
    solutions_dir,
    workspace,
)
from autograder.files import write_whole
from autograder.model import GradingPackage, Notebook


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson as the build leaves it in ``dist/``."""

    source_digest: str
    package: GradingPackage
    solution: Notebook


def source_digest(lesson: Lesson, exercises: tuple[str, ...]) -> str:
    """Hash everything a lesson's build reads: sources, reference library and the build itself."""
    digest = hashlib.sha256(",".join(exercises).encode())
    folder = solutions_dir() / lesson.slug
    files = [folder / "lesson.md", *(folder / f"{exercise}.py" for exercise in exercises)]
    files.append(opening_path())
    files += reference_files(exercises) + sorted((PACKAGE_DIR / "course").glob("*.py"))
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def load_built(lesson: Lesson, exercises: tuple[str, ...] | None = None) -> Built:
    """Return a lesson's build from ``dist/``, made anew when the sources have changed."""
    exercises = exercises or lesson.exercises
    digest = source_digest(lesson, exercises)
    part = "" if exercises == lesson.exercises else "+" + "+".join(exercises)
    path = workspace() / "dist" / "packages" / f"{lesson.slug}{part}.json"
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        built = msgspec.json.decode(path.read_bytes(), type=Built)
        if built.source_digest == digest:
            return built
    built = _build(lesson, exercises, digest)
    write_whole(path, msgspec.json.encode(built))
    return built


def load_packages() -> dict[str, GradingPackage]:
    """Return every lesson's grading package by slug."""
    return {slug: load_built(lesson).package for slug, lesson in lessons().items()}


def _build(lesson: Lesson, exercises: tuple[str, ...], digest: str) -> Built:
    from autograder.course.assign import assign

    assigned = assign(lesson, exercises)
    judged = hashlib.sha256(msgspec.json.encode((assigned.tests, assigned.student), order="sorted"))
    for path in reference_files(exercises):
        judged.update(path.read_bytes())
    package = GradingPackage(
        lesson=lesson.slug,
        exercises=exercises,
        released=assigned.student,
        tests=assigned.tests,
        digest=judged.hexdigest(),
    )
    return Built(source_digest=digest, package=package, solution=assigned.solution)
