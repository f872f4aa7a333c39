"""Put together what runs for each exercise of a student's notebook, and say what is not there."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from autograder.cells.recognition import NOT_RUN, Recognised, recognise
from autograder.cells.record import Cell, Role, defined_names, released_cells
from autograder.model import Event, EventKind, GradingPackage, Notebook

OURS = (Role.SETUP, Role.GIVEN)
"""Cells that are put back where the student deleted them: they are not the student's work."""
THEIRS = (Role.PREDICT, Role.ANSWER)
OTTER_LINE = re.compile(r"^([ \t]*)grader\..*$", re.MULTILINE)
IMPORT_LINE = re.compile(r"^[ \t]*(?:from|import)[ \t].*$", re.MULTILINE)
LONGEST_LOOK_CELL = 50_000
"""Characters. The imports of a longer one are not looked for, since parsing takes memory."""


class SectionCell(msgspec.Struct, frozen=True, kw_only=True):
    """One code cell to run."""

    id: str
    role: Role
    """``setup``, ``given``, ``predict``, ``answer``, or ``extra`` for a cell the student added."""
    source: str
    unchanged: bool
    """The source equals the released one."""
    number: int
    """Position in the student's notebook, counted from 1 over all cells; 0 when absent there."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one exercise in running order, set-up cells first."""

    exercise: str
    cells: tuple[SectionCell, ...]
    problems: tuple[Event, ...] = ()


def split(package: GradingPackage, notebook: Notebook) -> list[Section]:
    """Sort a student's code cells into the lesson's exercises, as ``recognition`` finds them.

    Cells run in the order of the student's notebook, copies included, so that the last definition
    wins as in Jupyter. Given and set-up cells that were deleted are taken from the released
    notebook and stand before whatever was released after them. A set-up cell that the student
    changed runs for every exercise, as it would in Jupyter, after the released one: if it fails or
    ends its process, no exercise loses what the released one defines.
    """
    released = released_cells(package.released)
    found = recognise(package.released, notebook)
    defined = frozenset[str]().union(*(defined_names(c.source) for c in found if c.kind == "code"))
    setup = _running("", found, released)
    return [
        Section(
            exercise=exercise,
            cells=(*setup, *_running(exercise, found, released)),
            problems=tuple(_problems(exercise, found, released, defined)),
        )
        for exercise in package.exercises
    ]


def _running(
    exercise: str, found: Sequence[Recognised], released: Sequence[Cell]
) -> list[SectionCell]:
    """Return an exercise's own cells in running order, deleted given cells put back."""
    mine = [cell for cell in found if cell.exercise == exercise and cell.kind == "code"]
    unbound = _names_without_import(mine)
    kept = [
        (cell.released, run)
        for cell in _without_second_runs(mine)
        if (run := _to_run(cell, unbound)) is not None
    ]
    for cell in _absent(exercise, mine, [run for _, run in kept], released):
        later = (i for i, (known, _) in enumerate(kept) if known and known.place >= cell.place)
        restored = SectionCell(
            id=cell.id, role=cell.role, source=cell.source, unchanged=True, number=0
        )
        kept.insert(next(later, len(kept)), (cell, restored))
    return [run for _, run in kept]


def _absent(
    exercise: str,
    mine: Sequence[Recognised],
    kept: Sequence[SectionCell],
    released: Sequence[Cell],
) -> list[Cell]:
    """Return our cells of an exercise that must be put back.

    A given cell is there if anything of it is: what the student made of it counts. A set-up cell is
    there if it is as released.
    """
    names = frozenset[str]().union(*(defined_names(run.source) for run in kept))
    present = {own.released.id for own in mine if own.released is not None}
    as_released = {own.released.id for own in mine if own.released is not None and own.unchanged}
    return [
        cell
        for cell in released
        if cell.exercise == exercise
        and (
            (cell.role is Role.SETUP and cell.id not in as_released)
            or (cell.role is Role.GIVEN and cell.id not in present and not cell.names & names)
        )
    ]


def _without_second_runs(cells: Sequence[Recognised]) -> Iterator[Recognised]:
    """Leave out copies of our cells that would run again with nothing of the student's between."""
    run: set[str] = set()
    for cell in cells:
        if cell.released is None or cell.released.role not in OURS or not cell.unchanged:
            run.clear()
        elif cell.released.id in run:
            continue
        else:
            run.add(cell.released.id)
        yield cell


def _to_run(cell: Recognised, unbound: set[str]) -> SectionCell | None:
    """Return what runs of a student's code cell, None for one that grading leaves out."""
    role = Role.EXTRA if cell.released is None else cell.released.role
    if cell.unchanged and role is not Role.LOOK:
        as_released = SectionCell(
            id=cell.id, role=role, source=cell.source, unchanged=True, number=cell.number
        )
        return None if role in NOT_RUN else as_released
    source = without_otter_lines(cell.source)
    if role is Role.LOOK:
        source = _needed_imports(cell, unbound)
    if role in NOT_RUN:
        role = Role.EXTRA
    if role is Role.EXTRA and not _is_code(source):
        return None
    return SectionCell(id=cell.id, role=role, source=source, unchanged=False, number=cell.number)


def without_otter_lines(source: str) -> str:
    """Return code with ``pass`` for each line such as ``grader.check("rope")``."""
    return OTTER_LINE.sub(r"\1pass", source)


def _is_code(source: str) -> bool:
    lines = (line.strip() for line in source.splitlines())
    return any(line and line != "pass" and not line.startswith("#") for line in lines)


def _names_without_import(cells: Sequence[Recognised]) -> set[str]:
    """Return the names in the student's own code that its import lines do not mention."""
    names: set[str] = set()
    imported: set[str] = set()
    for cell in filter(_is_the_students, cells):
        names.update(re.findall(r"\w+", cell.source))
        for line in IMPORT_LINE.findall(cell.source):
            imported.update(re.findall(r"\w+", line))
    return names - imported


def _needed_imports(look: Recognised, unbound: set[str]) -> str:
    """Return the imports of a look cell, which is not run, that the student's code relies on."""
    if len(look.source) > LONGEST_LOOK_CELL or not IMPORT_LINE.search(look.source):
        return ""
    return "\n".join(text for text, names in _imports_of(look.source) if unbound & names)


@lru_cache(maxsize=100)
def _imports_of(source: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return each import statement at the top level of a cell, and the names that it binds."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(
        (
            ast.unparse(node),
            frozenset((name.asname or name.name).partition(".")[0] for name in node.names),
        )
        for node in statements
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def _is_the_students(cell: Recognised) -> bool:
    role = Role.EXTRA if cell.released is None else cell.released.role
    return role not in NOT_RUN and not cell.unchanged


def _problems(
    exercise: str,
    found: Sequence[Recognised],
    released: Sequence[Cell],
    defined: frozenset[str],
) -> Iterator[Event]:
    """Say which cells of the student's work are missing, are no code, or stand more than once."""
    for cell in released:
        if cell.exercise != exercise or cell.role not in THEIRS:
            continue
        subject = f"The {cell.role} cell of {exercise}"
        mine = [own for own in found if own.released == cell]
        code = [own for own in mine if own.kind == "code"]
        if copies := _copies(code, cell.names):
            times = "twice; both" if len(copies) == 2 else f"{len(copies)} times; all"
            sentence = (
                f"{subject} stands {times} were run in order, and the last definition counts."
            )
            yield Event(
                kind=EventKind.ERROR, sentence=sentence, exercise=exercise, cell=copies[-1].number
            )
        if code or cell.names & defined:
            continue
        if mine:
            kind = "raw" if mine[0].kind == "raw" else "Markdown"
            sentence = f"{subject} is a {kind} cell, so it was not run; it must be a code cell."
            yield Event(
                kind=EventKind.ERROR, sentence=sentence, exercise=exercise, cell=mine[0].number
            )
        else:
            yield Event(
                kind=EventKind.ERROR,
                sentence=f"{subject} is missing from the notebook.",
                exercise=exercise,
            )


def _copies(cells: Sequence[Recognised], names: frozenset[str]) -> list[Recognised]:
    """Return the cells that define the same released names in different words, if there are any.

    The pieces of a split cell share no names, and equal copies make no difference.
    """
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for cell in cells:
        for name in names & defined_names(cell.source):
            texts[name].add(cell.source.strip())
    differ = {name for name, found in texts.items() if len(found) > 1}
    return [cell for cell in cells if differ & defined_names(cell.source)]
