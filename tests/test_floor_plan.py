"""The order of the wings: data passes through each once, and no import points back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "autograder"
FLOORS = (
    {"errors", "files", "log", "model", "text", "versions"},
    {"cells"},
    {"course"},
    {"diagnosis"},
    {"intake"},
    {"sandbox"},
    {"gradebook"},
    {"grading"},
    {"outputs"},
    {"desk", "gradescope", "quality"},
    {"cli"},
    {"__main__"},
)
"""In this order: a wing may import itself and the wings before it, and nothing else."""
LEVEL = {wing: level for level, wings in enumerate(FLOORS) for wing in wings}
MODULES = sorted(PACKAGE.rglob("*.py"))


def wing_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_wings(path: Path) -> Iterator[str]:
    """The wings that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            root, *rest = name.split(".")
            if root == "autograder" and rest:
                yield rest[0]


def test_every_wing_has_a_floor() -> None:
    assert {wing_of(path) for path in MODULES} - {"__init__"} <= set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_points_back(path: Path) -> None:
    own = wing_of(path)
    back = {
        wing
        for wing in imported_wings(path)
        if wing != own and LEVEL[wing] >= LEVEL.get(own, len(FLOORS))
    }
    assert not back, f"{own} imports {', '.join(sorted(back))}, which lie above or beside it"
