"""What the gradebook hands out: a student, a row for each lesson, a person's decision, a task."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from autograder.intake import Submission
from autograder.intake.submission import Identifier, IdentifierKind
from autograder.model import Event, NotebookOutcome, SectionOutcome, Status

Policy = Literal["latest", "best", "first"]


class Student(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the class, by everything that rosters and hand-ins say."""

    id: int = 0
    """The gradebook's own key; 0 where there is no gradebook, as in a Gradescope container."""
    name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    section: str = ""
    on_roster: bool = False

    def identifier(self, kind: IdentifierKind) -> str:
        """The value of the first identifier of this kind; empty when there is none."""
        return next((one.value for one in self.identifiers if one.kind == kind), "")


class HandMarkState(StrEnum):
    """Whether a hand mark is part of the total."""

    COUNTS = "counts"
    ON_HOLD = "on hold"
    """Given for an earlier attempt that had other code: the tests count until a person confirms."""


class HandMark(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided for one student and exercise, and the work it was decided for."""

    person: int
    """Who handed in, as the gradebook knows them; a student may be several of these."""
    exercise: str
    points: float
    why: str
    who: str
    made_at: float
    content_hash: str = ""
    """Of the attempt that was marked; empty for a file that is no notebook."""
    code: str = ""
    """Digest of the student's code in the exercise's cells of that attempt."""
    state: HandMarkState = HandMarkState.COUNTS


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """What the late rule takes from one submission, and the sentence that says so."""

    deduction: float
    sentence: str
    periods: int = 0
    """Hours, days or weeks begun after the due date; 0 where the time is not known."""
    period: str = "day"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One student and lesson: the attempt that counts and everything known about it."""

    submission: Submission
    """The attempt that counts. A group's member has the group's, under a name of their own."""
    outcome: NotebookOutcome | None
    problem: str
    attempts: int
    """How many attempts the student has handed in for this lesson, over all runs."""
    seconds: float
    hand_marks: tuple[HandMark, ...] = ()
    """The latest of each exercise of this lesson, on hold or not."""
    student: Student = Student()
    lateness: Lateness | None = None

    @property
    def status(self) -> Status:
        """How far the grading came."""
        if self.outcome is None:
            return Status.NOT_GRADED
        return Status.WITH_PROBLEMS if any(self.events()) else Status.GRADED

    def events(self) -> Iterator[Event]:
        """Everything that went wrong, of the whole notebook first."""
        if self.outcome is not None:
            yield from self.outcome.events
            for section in self.outcome.sections:
                yield from section.events

    @property
    def adjustments(self) -> tuple[HandMark, ...]:
        """The hand marks that count."""
        return tuple(mark for mark in self.hand_marks if mark.state == HandMarkState.COUNTS)

    @property
    def on_hold(self) -> tuple[HandMark, ...]:
        """The hand marks that wait for a person."""
        return tuple(mark for mark in self.hand_marks if mark.state == HandMarkState.ON_HOLD)

    def adjustment(self, exercise: str) -> HandMark | None:
        """The hand mark that counts for an exercise, if there is one."""
        return next((mark for mark in self.adjustments if mark.exercise == exercise), None)

    def points(self, section: SectionOutcome) -> float:
        """The exercise's points: what a person decided, else what was computed."""
        mark = self.adjustment(section.exercise)
        return section.points if mark is None else mark.points

    def points_by_exercise(self) -> dict[str, float]:
        """Exercise to points. What could not be graded may still be marked by a person."""
        if self.outcome is None:
            return {mark.exercise: mark.points for mark in self.adjustments}
        return {section.exercise: self.points(section) for section in self.outcome.sections}

    @property
    def total(self) -> float | None:
        """The points before the late rule; None where nothing was graded or decided."""
        points = self.points_by_exercise()
        return sum(points.values()) if points or self.outcome is not None else None

    @property
    def final(self) -> float | None:
        """The points that count: the total less what lateness costs."""
        if self.total is None or self.lateness is None:
            return self.total
        return self.total - self.lateness.deduction


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook that is still to be graded."""

    content_hash: str
    lesson: str
    submission: str
