"""What the gradebook hands out: a submission's row, a person's decision, a task still to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from autograder.intake import Submission
from autograder.model import Event, NotebookOutcome, SectionOutcome, Status

Policy = Literal["latest", "best", "first"]


class Adjustment(msgspec.Struct, frozen=True):
    """A mark for one exercise that a person decided."""

    name: str
    exercise: str
    points: float
    why: str
    who: str
    made_at: float


class Row(msgspec.Struct, frozen=True):
    """One submission of the class with everything known about it."""

    submission: Submission
    outcome: NotebookOutcome | None
    problem: str
    attempts: int
    seconds: float
    adjustments: tuple[Adjustment, ...] = ()
    """Those of this lesson's exercises, the latest of each."""

    @property
    def status(self) -> Status:
        if self.outcome is None:
            return Status.NOT_GRADED
        return Status.WITH_PROBLEMS if any(self.events()) else Status.GRADED

    def events(self) -> Iterator[Event]:
        if self.outcome is not None:
            yield from self.outcome.events
            for section in self.outcome.sections:
                yield from section.events

    def adjustment(self, exercise: str) -> Adjustment | None:
        return next((made for made in self.adjustments if made.exercise == exercise), None)

    def points(self, section: SectionOutcome) -> float:
        """The exercise's marks: what a person decided, else what was computed."""
        made = self.adjustment(section.exercise)
        return section.points if made is None else made.points

    def marks(self) -> dict[str, float]:
        """Exercise to marks. What could not be graded may still be marked by a person."""
        if self.outcome is None:
            return {made.exercise: made.points for made in self.adjustments}
        return {section.exercise: self.points(section) for section in self.outcome.sections}

    @property
    def total(self) -> float | None:
        marks = self.marks()
        return sum(marks.values()) if marks or self.outcome is not None else None


class Task(msgspec.Struct, frozen=True):
    """One notebook that is still to be graded."""

    content_hash: str
    lesson: str
    submission: str
