"""Recognise the released cells in a student's notebook.

Jupyter, VS Code, Colab, Kaggle, JupyterLite and nbstripout drop or renew ids and metadata; students
split, merge, copy and move cells. A cell is therefore recognised, by the first of these that holds:

1. its **id** is a released one;
2. its **metadata** name an exercise and a role of the lesson;
3. **what it says**: its text is a released cell's; it checks an exercise;
   it defines the names of an answer or predict cell; or most of its lines are a released cell's;
4. **its neighbours**: all its lines stand in the released cell that the cell above or below is, of
   which it is then a piece.

Where several released cells fit, one of the exercise at hand is taken, the next one in order. What
fits none is the student's own and belongs to the exercise of the nearest recognised cell above it.
Cells of another lesson, and the student's own below them, belong to none.

Two things are kept from being mistaken for ours by their text alone. Import lines say nothing: a
student's ``from IPython.display import HTML`` is not the plot cell that has this line too. And a
cell that looks like one grading leaves out, but defines something of its own, is the student's.

All of it takes time linear in the notebook's size: lines and names are looked up in tables, and no
text is compared with another letter by letter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from autograder.cells.record import (
    Cell,
    Role,
    defined_names,
    lines_of,
    metadata_of,
    released_cells,
    remembering,
    source_of,
    student_cells,
)
from autograder.model import Notebook

CHECK = re.compile(r"^\s*grader\.check\(\s*[\"'](\w+)[\"']", re.MULTILINE)
EXPORT = re.compile(r"^\s*grader\.export\(", re.MULTILINE)
PREDICTION = re.compile(r"^prediction_(\w+)[ \t]*=", re.MULTILINE)
IMPORT = re.compile(r"(?:from|import)\s")
MOST = 0.6
"""Share of a cell's lines that must be a released cell's for the two to be alike."""
TELLING = 12
"""Shorter lines (``try:``, ``plt.show()``) occur by chance."""
LESSONS = 16
"""Lessons whose cells are kept sorted for recognition."""
REMEMBERED_TEXTS = 500
"""Texts for which a lesson's fitting cells are remembered."""
NOT_RUN = frozenset({Role.LOOK, Role.CHECK, Role.EXPORT, Role.TEXT})
"""Roles of cells that grading leaves out."""


class Recognised(msgspec.Struct, kw_only=True):
    """One cell of a student's notebook."""

    number: int
    """Position in the student's notebook, counted from 1 over all cells."""
    id: str
    kind: str
    source: str
    released: Cell | None = None
    """The released cell that it is, or is a piece or a copy of; None for the student's own."""
    exercise: str | None = ""
    """The exercise it belongs to; empty for the whole lesson's, None for another lesson's."""

    @property
    def unchanged(self) -> bool:
        """Whether its source equals the released one, which alone makes it ours."""
        return self.released is not None and self.source.strip() == self.released.source.strip()


def recognise(released: Notebook, notebook: Notebook) -> list[Recognised]:
    """Say of each cell of a student's notebook which released cell it is.

    Args:
        released: the lesson's student notebook as the build made it.
        notebook: what a student handed in, of any shape.
    """
    index = _index(released_cells(released))
    cells, candidates, foreign = [], [], []
    for number, cell in enumerate(student_cells(notebook), start=1):
        id_, kind = cell.get("id"), cell.get("cell_type")
        cells.append(
            Recognised(
                number=number,
                id=id_ if isinstance(id_, str) else "",
                kind=kind if isinstance(kind, str) else "",
                source=source_of(cell),
            )
        )
        candidates.append(index.candidates(cells[-1], metadata_of(cell)))
        foreign.append(not candidates[-1] and index.is_foreign(cells[-1], metadata_of(cell)))
    _choose(cells, candidates)
    _join_pieces(cells)
    _join_pieces(cells[::-1])
    _place(cells, foreign)
    return cells


class Index:
    """The cells of a released notebook by everything they can be recognised by."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._exercises = frozenset(cell.exercise for cell in cells) - {""}
        self._cells = cells
        self._by_id = {cell.id: cell for cell in cells}
        self._by_role: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
        self._by_text: defaultdict[str, list[Cell]] = defaultdict(list)
        self._by_line: defaultdict[str, list[Cell]] = defaultdict(list)
        self._by_name: dict[str, Cell] = {}
        self._lines = {cell.place: lines_of(cell.source) for cell in cells}
        self._names = frozenset[str]().union(*(cell.names for cell in cells))
        for cell in cells:
            self._by_role[cell.exercise, cell.role].append(cell)
            self._by_text[cell.source.strip()].append(cell)
            for line in self._lines[cell.place]:
                self._by_line[line].append(cell)
            if cell.role in (Role.ANSWER, Role.PREDICT):
                self._by_name.update(dict.fromkeys(cell.names, cell))
        # The same cells in every notebook of a class, those of the other lessons among them.
        self._by_its_text = remembering(REMEMBERED_TEXTS)(self._fitting)

    def candidates(self, cell: Recognised, metadata: dict[str, Any]) -> list[Cell]:
        """Return the released cells that a student's cell may be, by the strongest evidence."""
        if cell.id in self._by_id:
            return [self._by_id[cell.id]]
        exercise, role = metadata.get("exercise", ""), metadata.get("role")
        of_role: list[Cell] = []
        if isinstance(exercise, str) and isinstance(role, str):
            of_role = self._by_role.get((exercise, role), [])
            if exercise and exercise not in self._exercises:
                return []
        if len(of_role) == 1:
            return of_role
        fitting = self._by_its_text(cell.source, cell.kind)
        return [other for other in fitting if other in of_role] or of_role or fitting

    def is_foreign(self, cell: Recognised, metadata: dict[str, Any]) -> bool:
        """Whether a cell that fits none of ours speaks of an exercise of another lesson."""
        found = _search(CHECK, "grader.check(", cell) or _search(PREDICTION, "prediction_", cell)
        named = metadata.get("exercise") if "role" in metadata else None
        spoken_of = found[1] if found else named
        return isinstance(spoken_of, str) and spoken_of not in self._exercises

    def _fitting(self, source: str, kind: str) -> list[Cell]:
        text = source.strip()
        if not text:
            return []
        equal = self._by_text.get(text, [])
        if equal:
            # Half a given cell of one exercise may be the whole of another's: the place decides.
            return equal + [other for other in self._alike(source, kind) if other not in equal]
        return self._by_what_it_does(source) or self._alike(source, kind)

    def _by_what_it_does(self, source: str) -> list[Cell]:
        names = defined_names(source)
        defines = [self._by_name[name] for name in names & self._by_name.keys()]
        if defines:
            return [min(defines, key=lambda released: released.place)]
        check = CHECK.search(source)
        if check is not None:
            return self._by_role.get((check[1], Role.CHECK), [])
        return self._by_role.get(("", Role.EXPORT), []) if EXPORT.search(source) else []

    def _alike(self, source: str, kind: str) -> list[Cell]:
        lines = lines_of(source)
        hits: Counter[int] = Counter()
        for line in lines:
            if len(line) >= TELLING and not IMPORT.match(line):
                hits.update(other.place for other in self._by_line.get(line, ()))
        alike = [
            place
            for place, count in hits.items()
            if count >= 2
            and len(lines & self._lines[place]) >= MOST * len(lines)
            and (self._cells[place].kind == "code") == (kind == "code")
        ]
        best = max((hits[place] for place in alike), default=0)
        fitting = [self._cells[place] for place in alike if hits[place] == best]
        own = defined_names(source) - self._names
        return [] if own and any(released.role in NOT_RUN for released in fitting) else fitting


def _search(pattern: re.Pattern[str], part: str, cell: Recognised) -> re.Match[str] | None:
    """Search for a pattern that holds a plain text, by which most cells are passed over."""
    return pattern.search(cell.source) if part in cell.source else None


@lru_cache(maxsize=LESSONS)
def _index(cells: tuple[Cell, ...]) -> Index:
    """Made once for a lesson: every notebook of a class is compared with the same cells."""
    return Index(cells)


def _choose(cells: list[Recognised], candidates: list[list[Cell]]) -> None:
    """Take the candidate of the exercise at hand that comes next in the released notebook."""
    exercise, last = "", -1
    for cell, fitting in zip(cells, candidates, strict=True):
        if fitting:
            keys = [
                (released.exercise != exercise, released.place <= last, released.place)
                for released in fitting
            ]
            cell.released = fitting[keys.index(min(keys))]
            exercise, last = cell.released.exercise, cell.released.place


def _join_pieces(cells: list[Recognised]) -> None:
    """Recognise what is left of a split cell by its neighbour before it in the list."""
    for before, cell in zip(cells, cells[1:], strict=False):
        whole = before.released
        if cell.released is None and whole is not None and cell.kind == whole.kind:
            lines = lines_of(cell.source)
            if lines and lines <= lines_of(whole.source):
                cell.released = whole


def _place(cells: list[Recognised], foreign: list[bool]) -> None:
    """Give each cell its exercise; the student's own follow the recognised cell above them."""
    current: str | None = ""
    for cell, is_foreign in zip(cells, foreign, strict=True):
        if is_foreign:
            current = None
        elif cell.released is not None:
            # The cells for handing in, at the end, open no new section.
            current = cell.released.exercise or current or ""
        is_setup = cell.released is not None and cell.released.role is Role.SETUP
        cell.exercise = "" if is_setup else current
