"""The zip that stock otter reads, made once for each state of the sources.

Splitting a lesson takes otter several seconds, and several tests need the result. It lies in
``dist/`` like everything else that is built.
"""

from __future__ import annotations

from autograder.course.assign import assign
from autograder.course.lessons import Lesson, workspace
from autograder.course.packages import source_digest
from autograder.files import write_whole


def stock_zip(lesson: Lesson, exercises: tuple[str, ...] | None = None) -> bytes:
    """Return otter's zip of a lesson, or of some of its exercises."""
    exercises = exercises or lesson.exercises
    name = f"{lesson.slug}-{source_digest(lesson, exercises)[:16]}.zip"
    path = workspace() / "dist" / "stock" / name
    if not path.is_file():
        write_whole(path, assign(lesson, exercises).zip_bytes)
    return path.read_bytes()
