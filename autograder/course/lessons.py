"""Where the course's sources are: three lessons, four exercises each, one name everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from autograder.errors import InvalidInput

PACKAGE_DIR = Path(__file__).resolve().parents[1]


class Yardstick(msgspec.Struct, frozen=True):
    """How a prediction is compared with what happens."""

    why: str = ""
    """One sentence: why it happens so."""
    within: float = 0.0
    """How far a predicted number may be off and still be right."""


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """One lesson, as its ``lesson.md`` describes it."""

    slug: str
    title: str
    exercises: tuple[str, ...]
    text: str
    """Markdown below the front matter: introduction and objectives."""
    misconceptions: dict[str, str]
    """What the lesson fights: a key, which sample answers name in ``fights``, to a sentence."""
    predictions: dict[str, Yardstick]
    """For each exercise, why what was to be predicted happens, and how near is near enough."""
    imports: str
    """First lines of the notebook's opening cell: what this lesson imports, and no more."""
    hidden_tests: str
    """When Gradescope shows hidden tests, in its own words."""


@cache
def checkout_root() -> Path | None:
    """Return the checkout this package runs from, or None when it is installed from a wheel."""
    root = PACKAGE_DIR.parent
    return root if (root / "solutions").is_dir() else None


def solutions_dir() -> Path:
    """Return the folder of exercise sources: the checkout's, or the copy inside the wheel."""
    root = checkout_root()
    return root / "solutions" if root else PACKAGE_DIR / "_course" / "solutions"


def opening_path() -> Path:
    """Return the file that ends every notebook's opening cell: plot style, look cells' helper."""
    return solutions_dir() / "opening.py"


def samples_dir() -> Path:
    """Return the folder of sample answers, beside the sources in a checkout or in the wheel."""
    root = checkout_root()
    return root / "tests" / "submissions" if root else PACKAGE_DIR / "_course" / "submissions"


def workspace() -> Path:
    """Return the folder that ``assignments/`` and ``dist/`` are written to."""
    return checkout_root() or Path.cwd()


@cache
def lessons() -> dict[str, Lesson]:
    """Return the lessons by slug, in teaching order.

    Raises:
        ValueError: a ``lesson.md`` has no front matter.
    """
    return {
        path.parent.name: _read_lesson(path) for path in sorted(solutions_dir().glob("*/lesson.md"))
    }


def read_yaml(text: str) -> Any:
    """Read YAML of the course's own, by libyaml where PyYAML has it: ten times as quick.

    Raises:
        yaml.YAMLError: it is none.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)


def _read_lesson(path: Path) -> Lesson:
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise InvalidInput(f"{path}: begins with no front matter (--- title, exercises ---)")
    front = read_yaml(parts[1])
    return Lesson(
        slug=path.parent.name,
        title=front["title"],
        exercises=tuple(front["exercises"]),
        text=parts[2].strip(),
        misconceptions=front.get("misconceptions", {}),
        predictions=msgspec.convert(front.get("predictions", {}), dict[str, Yardstick]),
        imports=front.get("imports", ""),
        hidden_tests=str(front.get("hidden_tests", "after_due_date")),
    )


def all_exercises() -> tuple[str, ...]:
    """Return every exercise's name in teaching order."""
    return tuple(exercise for lesson in lessons().values() for exercise in lesson.exercises)


def lesson_of(exercise: str) -> Lesson:
    """Return the lesson that holds an exercise.

    Raises:
        ValueError: no lesson has that exercise.
    """
    for lesson in lessons().values():
        if exercise in lesson.exercises:
            return lesson
    raise InvalidInput(
        f"exercise: no exercise is called {exercise!r}; there are {', '.join(all_exercises())}"
    )


def find_lesson(name: str) -> Lesson:
    """Return a lesson by its slug, or by the start of it such as ``5-3-1``.

    Raises:
        ValueError: no lesson, or more than one, matches.
    """
    found = [lesson for slug, lesson in lessons().items() if slug.startswith(name)]
    if len(found) != 1:
        raise InvalidInput(f"lesson: {name!r} is not one of {', '.join(lessons())}")
    return found[0]


def source_path(exercise: str) -> Path:
    """Return the path of an exercise's source file.

    Raises:
        ValueError: the lesson names the exercise but there is no such file.
    """
    path = solutions_dir() / lesson_of(exercise).slug / f"{exercise}.py"
    if not path.is_file():
        raise InvalidInput(
            f"exercise: {lesson_of(exercise).slug}/lesson.md names {exercise!r}; {path} is missing"
        )
    return path


def reference_files(exercises: tuple[str, ...]) -> list[Path]:
    """Return the reference modules that the tests of some exercises need."""
    folder = PACKAGE_DIR.parent / "reference"
    shared = sorted(path for path in folder.glob("*.py") if path.stem in ("__init__", "checks"))
    return shared + [folder / f"{exercise}.py" for exercise in exercises]
