"""What a layout is: one way in which a platform or a person lays out a class's work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autograder.intake.items import Item, by_folder, top_files
from autograder.intake.names import MAX_READ
from autograder.intake.submission import Person, TimeSource

COMPANION_ENDINGS = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".md", ".log")
COMPANION_NAMES = ("index.html", "index.htm", "notes.txt", "roster.txt")


@dataclass(frozen=True)
class PassedOver:
    """A file that is nobody's work, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HandIn:
    """What one student or group handed in at one moment, as the layout tells it."""

    label: str
    """Names the results; not changed by a platform that numbers its files anew."""
    people: tuple[Person, ...]
    items: list[Item]
    """Its files, with their paths in the class. All below the first level is the student's."""
    folder: str = ""
    """The folder that it fills; empty for a single file."""
    number: int | None = None
    submitted_at: float | None = None
    time_source: TimeSource = TimeSource.NOBODY
    late: bool = False
    file_times: bool = True
    """False where the platform stamps files with the moment of the download."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything that a layout found."""

    hand_ins: list[HandIn]
    passed_over: list[PassedOver] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def after(
        self,
        hand_ins: list[HandIn],
        passed_over: Sequence[PassedOver] = (),
        remarks: Sequence[str] = (),
    ) -> Reading:
        """The same behind what a layout found itself: this is what it made of the rest."""
        return Reading(
            hand_ins=hand_ins + self.hand_ins,
            passed_over=[*passed_over, *self.passed_over],
            remarks=[*remarks, *self.remarks],
        )


class Layout(Protocol):
    """One module below ``autograder/intake/layouts``; docs/authoring.md says how to add one."""

    NAME: str
    """For ``--layout``."""
    TITLE: str
    """For people."""

    def fit(self, items: Sequence[Item]) -> float:
        """The share of the top level that this layout explains; recognised means all of it, 1.

        Only names of the first level may count, and what the platform itself writes: all else was
        chosen by a student.
        """

    def read(self, items: Sequence[Item]) -> Reading:
        """The hand-ins. It must take any items: ``--layout`` may be wrong."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file or a folder of the first level."""

    name: str
    items: list[Item]
    is_folder: bool

    @property
    def is_companion(self) -> bool:
        """True for what instructors and platforms put beside the work: rosters, notes, indexes."""
        name = self.name.lower()
        return not self.is_folder and (name.endswith(COMPANION_ENDINGS) or name in COMPANION_NAMES)

    @property
    def passed_over(self) -> PassedOver:
        """The entry as nobody's work."""
        return PassedOver(str(self.items[0].path), "no student's work")


def entries(items: Iterable[Item]) -> list[Entry]:
    """The first level, files before folders; names are cut before any pattern sees them."""
    items = list(items)
    files = [
        Entry(name=item.path.name[:MAX_READ], items=[item], is_folder=False)
        for item in top_files(items)
    ]
    folders = [
        Entry(name=name[:MAX_READ], items=[item.within(name) for item in inner], is_folder=True)
        for name, inner in by_folder(items).items()
    ]
    return files + folders


def share(items: Sequence[Item], accepts: Callable[[Entry], object]) -> float:
    """The share of the first level that ``accepts``, companions aside."""
    candidates = [one for one in entries(items) if accepts(one) or not one.is_companion]
    return sum(bool(accepts(one)) for one in candidates) / len(candidates) if candidates else 0.0
