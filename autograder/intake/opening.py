"""From one hand-in to the notebooks of the course in it, and a phrase about what is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autograder.cells import lessons_in, remark_on
from autograder.errors import InvalidInput, Unreadable
from autograder.intake.archive import archive_items
from autograder.intake.guard import Budget, foreign
from autograder.intake.items import CHECKPOINTS, Item
from autograder.intake.kinds import kind_of, refusal
from autograder.intake.layouts.base import HandIn, PassedOver
from autograder.intake.names import readable
from autograder.intake.notebook import read_notebook
from autograder.intake.submission import TimeSource
from autograder.intake.times import otter_time
from autograder.model import GradingPackage, Notebook

ZIP = b"PK\x03\x04"
MAX_NESTED = 2
"""A zip in a zip: what grader.export() made, packed once more by a student or a platform."""
MAX_PROBLEMS = 3
"""Files of one hand-in that get a sentence each; the others are passed over."""
MAX_OTHERS = 20
"""Files of other kinds that are looked into for a notebook, where there is none by its name."""
NAMED = 3

Keep = Callable[[str, bytes], None]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file that may be a notebook, opened and recognised."""

    path: PurePosixPath
    moment: float | None = None
    """When it was saved, by its own stamp or by the name that otter gave its zip."""
    source: TimeSource = TimeSource.NOBODY
    lesson: str | None = None
    content_hash: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""
    """A phrase that follows the file's name."""
    foreign: bool = False
    """A notebook, but of no lesson of this course."""


class Opener:
    """Opens hand-ins; every notebook of the course goes to ``keep``."""

    def __init__(self, packages: Mapping[str, GradingPackage], keep: Keep | None) -> None:
        self.packages = dict(packages)
        self.keep = keep

    def open(self, hand_in: HandIn) -> tuple[list[Document], list[PassedOver]]:
        """The notebooks in a hand-in, or its problems; and what was passed over beside them."""
        checkpoints = [item for item in hand_in.items if CHECKPOINTS in item.path.parts]
        items = [item for item in hand_in.items if CHECKPOINTS not in item.path.parts]
        passed = [PassedOver(str(item.path), "a checkpoint of Jupyter's") for item in checkpoints]
        budget = Budget()
        documents = [doc for item in items if item.is_work for doc in self._open(item, budget)]
        if not documents:
            documents = self._other_kinds(items, budget) or [_nothing(hand_in, items)]
        chosen, more = _choose(documents)
        return chosen, passed + more

    def _other_kinds(self, items: list[Item], budget: Budget) -> list[Document]:
        """Notebooks under names of another kind: some browsers and mail programs rename them."""
        found: list[Document] = []
        for item in items[:MAX_OTHERS]:
            try:
                content = _read(item, budget)
            except Unreadable as error:
                found.append(Document(path=item.path, problem=str(error)))
                continue
            if b'"cells"' in content.replace(b"\0", b"") and not content.startswith(b"<"):
                found += self._recognise(item, content)
        return [one for one in found if one.lesson] or (found if len(items) == 1 else [])

    def _open(self, item: Item, budget: Budget, nested: int = 0) -> Iterator[Document]:
        """The notebooks in one file: itself, or those in the archive that it is."""
        try:
            content = _read(item, budget)
            if not content.startswith(ZIP):
                yield from self._recognise(item, content)
                return
            members = [
                member
                for member in archive_items(content, budget=budget)
                if member.is_work and (nested < MAX_NESTED - 1 or not _is_zip(member))
            ]
            if not any(not _is_zip(member) or nested < MAX_NESTED - 1 for member in members):
                raise Unreadable("is an archive without a notebook")
        except Unreadable as error:
            yield Document(path=item.path, problem=str(error))
            return
        stated = otter_time(item.path.name)
        for member in members:
            for document in self._open(member.within(item.path), budget, nested + 1):
                yield _stated(document, stated)

    def _recognise(self, item: Item, raw: bytes) -> Iterator[Document]:
        """A document for each lesson whose cells the notebook has."""
        source = TimeSource.NOBODY if item.modified is None else TimeSource.FILE_TIME
        document = Document(path=item.path, moment=item.modified, source=source)
        try:
            with foreign():
                reading = read_notebook(raw)
                lessons = self._lessons(reading.notebook)
        except Unreadable as error:
            yield replace(document, problem=str(error))
            return
        if isinstance(lessons, str):
            yield replace(document, problem=f"was not recognised. {lessons}", foreign=True)
            return
        digest = hashlib.sha256(raw).hexdigest()
        if self.keep is not None:
            self.keep(digest, reading.clean)
        for lesson in lessons:
            remark = remark_on(reading.notebook, self.packages[lesson])
            notes = (*reading.notes, remark) if remark else reading.notes
            yield replace(document, lesson=lesson, content_hash=digest, notes=notes)

    def _lessons(self, notebook: Notebook) -> list[str] | str:
        """The lessons in a notebook, or the sentence that says that there is none."""
        try:
            return lessons_in(notebook, self.packages)
        except InvalidInput as error:
            return str(error)


def _read(item: Item, budget: Budget) -> bytes:
    budget.open_file()
    content = item.read()
    budget.read(len(content))
    return content


def _is_zip(item: Item) -> bool:
    return item.path.name.lower().endswith(".zip")


def _stated(document: Document, moment: float | None) -> Document:
    if moment is None:
        return document
    return replace(document, moment=moment, source=TimeSource.FILE_NAME)


def _nothing(hand_in: HandIn, items: list[Item]) -> Document:
    """Why there is no notebook: a phrase after the folder's name, or after the file's."""
    if not hand_in.folder and len(items) == 1:
        return Document(path=items[0].path, problem=refusal(items[0].path.name))
    folder = PurePosixPath(hand_in.folder)
    if not items:
        return Document(path=folder, problem="is an empty folder")
    names = [_named(item, hand_in.folder) for item in items[:NAMED]]
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return Document(path=folder, problem=f"holds no notebook, only {', '.join(names)}{more}")


def _named(item: Item, folder: str) -> str:
    inside = folder and item.path.is_relative_to(folder)
    name = readable(str(item.path.relative_to(folder) if inside else item.path))
    kind = kind_of(item.path.name)
    return f"{name} ({kind})" if kind else name


def _choose(documents: list[Document]) -> tuple[list[Document], list[PassedOver]]:
    """Notebooks of the course and files that could not be read; what lies beside is passed over."""
    right: dict[tuple[str | None, str], Document] = {}
    passed: list[PassedOver] = []
    for one in documents:
        if one.lesson is None:
            continue
        twin = right.setdefault((one.lesson, one.content_hash), one)
        if twin is not one:
            passed.append(PassedOver(str(one.path), f"the same notebook as {twin.path.name}"))
    # A notebook of another course matters only where there is none of this one.
    wrong = [one for one in documents if one.lesson is None and not (one.foreign and right)]
    wrong.sort(key=lambda one: one.foreign)
    shown = wrong[: MAX_PROBLEMS if right or not all(one.foreign for one in wrong) else 1]
    passed += [
        PassedOver(str(one.path), one.problem)
        for one in documents
        if one.lesson is None and one not in shown
    ]
    return [*right.values(), *shown], passed
