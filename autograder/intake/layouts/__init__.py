"""The layouts that are known, in the order in which they are tried.

A layout is recognised by the whole of what an instructor gave, never by one file: what students
pack and how they name it is their content, and it can imitate anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.errors import InvalidInput
from autograder.intake.items import Item
from autograder.intake.layouts import (
    blackboard,
    brightspace,
    canvas,
    classroom,
    files,
    folders,
    gradescope,
    moodle,
    nbgrader,
)
from autograder.intake.layouts.base import Layout

PLATFORMS: tuple[Layout, ...] = (
    gradescope,
    canvas,
    moodle,
    brightspace,
    blackboard,
    nbgrader,
    classroom,
)
LAYOUTS: tuple[Layout, ...] = (*PLATFORMS, folders, files)
NEARLY = 0.5


def by_name(name: str) -> Layout:
    """The layout that ``--layout`` names.

    Raises:
        InvalidInput: there is none of that name.
    """
    for layout in LAYOUTS:
        if name == layout.NAME:
            return layout
    known = ", ".join(layout.NAME for layout in LAYOUTS)
    raise InvalidInput(f"--layout {name}: there is no such layout; choose one of {known}")


def recognise(items: Sequence[Item]) -> Layout | None:
    """The platform that explains everything, if one does."""
    return next((layout for layout in PLATFORMS if layout.fit(items) == 1.0), None)


def nearly(items: Sequence[Item]) -> Layout | None:
    """The platform that explains most, but not all: worth a remark."""
    return next((layout for layout in PLATFORMS if layout.fit(items) > NEARLY), None)
