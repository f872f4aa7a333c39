"""Which cell of a student's notebook belongs to which exercise, decided by the released notebook.

Cells carry stable ids (``router-05``) given by the build. The student's copy is only ever asked
for source text: roles and exercises come from the released notebook, so that a student who edits
metadata changes nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from autograder.errors import InvalidInput
from autograder.model import Event, EventKind, GradingPackage, Notebook

NOT_RUN = ("look", "check", "export", "text")
"""Roles of cells that grading leaves out."""


class SectionCell(msgspec.Struct, frozen=True):
    """One code cell to run."""

    id: str
    role: str
    """``setup``, ``given``, ``predict``, ``answer``, or ``extra`` for a cell the student added."""
    source: str
    unchanged: bool
    """The source equals the released one."""
    number: int
    """Position in the student's notebook, counted from 1 over all cells; 0 when absent there."""


class Section(msgspec.Struct, frozen=True):
    """The cells of one exercise in running order, set-up cells first."""

    exercise: str
    cells: tuple[SectionCell, ...]
    problems: tuple[Event, ...] = ()


def identify(notebook: Notebook, packages: dict[str, GradingPackage]) -> str:
    """Return the slug of the lesson a notebook belongs to, by the ids of its cells.

    Raises:
        ValueError: the notebook is of no known lesson; the message is a sentence for people.
    """
    ids = {cell.get("id") for cell in _cells(notebook)}
    hits = {
        slug: len(ids & {cell["id"] for cell in package.released["cells"]} - {None})
        for slug, package in packages.items()
    }
    named = notebook.get("metadata", {}).get("lesson") if _is_dict(notebook) else None
    best = max(hits, key=lambda slug: (hits[slug], slug == named), default=None)
    if best is not None and hits[best] >= 3:
        return best
    if isinstance(named, str) and named in packages:
        return named
    raise InvalidInput(
        "This notebook is not one of this course's: it has none of the cells of "
        + ", ".join(packages)
    )


def split(package: GradingPackage, notebook: Notebook) -> list[Section]:
    """Sort a student's code cells into the lesson's exercises.

    A cell with a released id has that cell's exercise and role. A cell the student added belongs
    to the exercise of the nearest released cell above it. Where an id occurs twice, the first one
    that was changed counts, and the section says so. Given cells that were deleted are taken from
    the released notebook, since they are not the student's work.
    """
    released = {cell["id"]: cell for cell in package.released["cells"]}
    placed: dict[str, list[SectionCell]] = {exercise: [] for exercise in ("", *package.exercises)}
    for exercise, cell in _locate(notebook, released):
        if cell.role not in NOT_RUN:
            placed[exercise].append(cell)
    setup = _finish("", placed[""], released)[0]
    sections = []
    for exercise in package.exercises:
        cells, problems = _finish(exercise, placed[exercise], released)
        sections.append(Section(exercise, (*setup, *cells), problems))
    return sections


def _locate(
    notebook: Notebook, released: dict[str, dict[str, Any]]
) -> list[tuple[str, SectionCell]]:
    located = []
    exercise = ""
    for number, cell in enumerate(_cells(notebook), start=1):
        known = released.get(cell.get("id", "")) if isinstance(cell.get("id"), str) else None
        if known is not None:
            exercise = known["metadata"].get("exercise", "")
        if cell.get("cell_type") != "code":
            continue
        source = _source(cell)
        role = known["metadata"]["role"] if known else "extra"
        if role == "extra" and _only_talks_to_otter(source):
            continue
        unchanged = known is not None and source.strip() == _source(known).strip()
        located.append(
            (exercise, SectionCell(cell.get("id") or "", role, source, unchanged, number))
        )
    return located


def _finish(
    exercise: str, cells: list[SectionCell], released: dict[str, dict[str, Any]]
) -> tuple[tuple[SectionCell, ...], tuple[Event, ...]]:
    """Resolve duplicates and put back deleted given cells."""
    kept, problems = _without_duplicates(exercise, cells)
    present = {cell.id for cell in kept}
    order = {id_: index for index, id_ in enumerate(released)}
    for id_, cell in released.items():
        meta = cell["metadata"]
        if meta.get("exercise", "") != exercise or id_ in present or cell["cell_type"] != "code":
            continue
        if meta["role"] in ("given", "setup"):
            _insert(kept, SectionCell(id_, meta["role"], _source(cell), True, 0), order)
        elif meta["role"] in ("answer", "predict"):
            sentence = f"The {meta['role']} cell of {exercise} is missing from the notebook."
            problems.append(Event(EventKind.ERROR, sentence, exercise))
    return tuple(kept), tuple(problems)


def _without_duplicates(
    exercise: str, cells: list[SectionCell]
) -> tuple[list[SectionCell], list[Event]]:
    kept: list[SectionCell] = []
    problems: list[Event] = []
    for cell in cells:
        twin = next((i for i, other in enumerate(kept) if cell.id and other.id == cell.id), None)
        if twin is None:
            kept.append(cell)
            continue
        if kept[twin].unchanged and not cell.unchanged:
            kept[twin] = cell
        sentence = f"Cell {cell.number} is a second copy of an answer cell; one copy was graded."
        problems.append(Event(EventKind.ERROR, sentence, exercise or None, cell.number))
    return kept, problems


def _insert(kept: list[SectionCell], cell: SectionCell, order: dict[str, int]) -> None:
    """Put a restored cell before the first kept cell that was released after it."""
    for index, other in enumerate(kept):
        if order.get(other.id, -1) > order[cell.id]:
            kept.insert(index, cell)
            return
    kept.append(cell)


def _cells(notebook: Notebook) -> list[dict[str, Any]]:
    cells = notebook.get("cells") if _is_dict(notebook) else None
    return [cell for cell in cells if _is_dict(cell)] if isinstance(cells, list) else []


def _is_dict(value: object) -> bool:
    return type(value) is dict


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _only_talks_to_otter(source: str) -> bool:
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    return bool(code) and all(line.startswith("grader.") for line in code)
