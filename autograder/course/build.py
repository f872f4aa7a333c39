"""Write, or compare, what a build leaves behind: student notebooks and autograder zips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec

from autograder.course.assign import REQUIREMENTS, assign
from autograder.course.container import container_zip, engine_members, members_digest
from autograder.course.leaks import find_leaks
from autograder.course.lessons import Lesson, lessons, workspace
from autograder.course.packages import load_built, source_digest
from autograder.files import write_whole
from autograder.model import GradingPackage, Notebook


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did for one lesson."""

    lesson: str
    notebook: Path
    archive: Path
    cells: int
    problems: tuple[str, ...]


def notebook_bytes(notebook: Notebook) -> bytes:
    """Return a notebook as the exact bytes that are committed."""
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def notebook_path(lesson: Lesson) -> Path:
    """Return where a lesson's student notebook lies."""
    return workspace() / "assignments" / lesson.slug / f"{lesson.slug}.ipynb"


def archive_path(lesson: Lesson) -> Path:
    """Return where a lesson's zip for Gradescope and for otter lies."""
    return workspace() / "dist" / f"{lesson.slug}-autograder.zip"


def built_package(lesson: Lesson) -> GradingPackage:
    """Return a lesson's grading package as it is built, without anything for a diagnosis."""
    return load_built(lesson).package


def build_lesson(
    lesson: Lesson,
    check: bool = False,
    package_of: Callable[[Lesson], GradingPackage] = built_package,
) -> BuildReport:
    """Build one lesson, or with ``check`` only compare with what is committed.

    The zip is made anew only when the sources changed since it was made.

    Args:
        lesson: the lesson.
        check: compare only, write nothing.
        package_of: what the zip grades with; asked only when a zip is to be written.

    Raises:
        ValueError: a source that cannot be built; nothing has been written then.
    """
    built = load_built(lesson)
    student = built.package.released
    problems = find_leaks(student, lesson.exercises)
    files = {
        notebook_path(lesson): notebook_bytes(student),
        notebook_path(lesson).with_name("requirements.txt"): REQUIREMENTS.encode(),
    }
    if check:
        problems += [_drift(path) for path, content in files.items() if _differs(path, content)]
        problems += _stray_leaks(lesson)
    elif not problems:
        for path, content in files.items():
            if _differs(path, content):
                write_whole(path, content)
        _write_archive(lesson, package_of(lesson))
    return BuildReport(
        lesson=lesson.slug,
        notebook=notebook_path(lesson),
        archive=archive_path(lesson),
        cells=len(student["cells"]),
        problems=tuple(problems),
    )


def _write_archive(lesson: Lesson, package: GradingPackage) -> None:
    stamp = archive_path(lesson).with_suffix(".digest")
    members = engine_members(lesson, package)
    digest = f"{source_digest(lesson, lesson.exercises)} {members_digest(members)}"
    if archive_path(lesson).is_file() and stamp.is_file() and stamp.read_text() == digest:
        return
    stock = assign(lesson, lesson.exercises).zip_bytes
    write_whole(archive_path(lesson), container_zip(stock, members))
    write_whole(stamp, digest.encode())


def _stray_leaks(lesson: Lesson) -> list[str]:
    """Name files in ``assignments/`` that no build wrote and that hold a lesson's secrets."""
    written = {notebook_path(one) for one in lessons().values()}
    problems = []
    for path in sorted((workspace() / "assignments").rglob("*")):
        if path in written or not path.is_file():
            continue
        leaks = find_leaks(_content(path), lesson.exercises)
        if leaks:
            problems.append(
                f"{path} holds {len(leaks)} lines of this lesson's solutions or hidden tests; "
                "students get the whole folder"
            )
    return problems


def _content(path: Path) -> Notebook:
    """Return what a file holds as something to search: JSON as such, anything else as text."""
    text = path.read_bytes().decode("utf-8", "replace")
    try:
        return {"content": json.loads(text)}
    except ValueError:
        return {"content": text}


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


def _drift(path: Path) -> str:
    state = "differs from its sources" if path.is_file() else "is missing"
    return f"{path} {state}; run `autograder build` and commit the result"
