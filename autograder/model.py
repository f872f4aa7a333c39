"""The records that travel from the grading engine to the gradebook and the pages.

Plain data, no behaviour beyond sums: everything here can be written as JSON or msgpack as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Protocol

import msgspec

Notebook = dict[str, Any]
"""A notebook as parsed JSON (nbformat 4); never a live object."""


class EventKind(StrEnum):
    """What went wrong."""

    ERROR = "error"
    CRASH = "crash"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    REFUSED = "refused"
    OUTPUT = "output"
    VIOLATION = "protocol violation"
    """A student's process sent what is no answer."""


class Status(StrEnum):
    """How far the grading of a submission came."""

    GRADED = "graded"
    WITH_PROBLEMS = "graded with problems"
    NOT_GRADED = "not graded"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went wrong while a submission ran, in one plain sentence."""

    kind: EventKind
    sentence: str
    exercise: str | None = None
    cell: int | None = None
    """Position of the cell in the student's notebook, counted from 1 over all cells."""
    test: str | None = None
    """Name of the test that was running; None while cells ran."""
    after_hidden: bool = False
    """A hidden test of this submission had begun. A student's code can see its inputs and tell of
    them later (by the second at which it dies, say), so this is shown with the points only."""


class TestOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one exercise, judged."""

    __test__ = False

    name: str
    """The test function's name, e.g. ``test_rows_sum_to_one``."""
    points: float
    max_points: float
    hidden: bool
    message: str = ""
    """What the student may read: for a public test what was called, what came back and what was
    expected; for a hidden test the idea to revisit. Empty when passed."""
    detail: str = ""
    """For the instructor only: the exception of a failed test, hidden inputs included."""

    @property
    def passed(self) -> bool:
        """Whether the test gave all of its points."""
        return self.points == self.max_points


class FindingKind(StrEnum):
    """What is wrong with a function, first match first."""

    MISSING = "missing"
    CRASH = "crash"
    MISCONCEPTION = "misconception"
    COUNTEREXAMPLE = "counterexample"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a student reads about one wrong function. Holds nothing of the hidden tests."""

    function: str
    kind: FindingKind
    sentence: str
    call: str = ""
    """The smallest call that shows it."""
    came: str = ""
    expected: str = ""
    """What should have come. Not for students before the instructor allows it."""
    sample: str = ""
    """The wrong sample answer that answers alike."""
    follows: tuple[str, ...] = ()
    """Failed tests that need no explanation of their own."""
    closest: str = ""
    """The idea of a failed test that comes closest, where nothing better is known."""
    misconception: str = ""
    """Of a crash that a wrong sample answer has too: what a student who writes so believes."""


class SectionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One exercise of one submission."""

    exercise: str
    tests: tuple[TestOutcome, ...]
    events: tuple[Event, ...] = ()
    prediction: str | None = None
    """``repr`` of what the student predicted; None when unanswered."""
    seconds: float = 0.0
    rerun: bool = False
    """True when the section failed alone and counted in a run after the earlier sections."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with each function, where tests failed."""
    behaviour: str = ""
    """Equal for students whose functions answer the probes alike; empty where none were asked."""
    undiagnosed: str = ""
    """Why there is no diagnosis, in a sentence, where there should be one."""

    @property
    def points(self) -> float:
        """The exercise's points, as the tests gave them."""
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> float:
        """The points that the exercise has."""
        return sum(test.max_points for test in self.tests)

    def events_shown(self, *, with_points: bool) -> Iterator[Event]:
        """The events that are shown only with the points, or those that may be shown before."""
        hidden = {test.name for test in self.tests if test.hidden}
        for event in self.events:
            if (event.after_hidden or event.test in hidden) == with_points:
                yield event


class NotebookOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One submitted notebook, graded."""

    lesson: str
    sections: tuple[SectionOutcome, ...]
    engine: str
    """Engine name and version, e.g. ``sandbox-1``."""
    tier: str
    """Isolation tier that was in force: A, B, C, D, or ``none``."""
    events: tuple[Event, ...] = ()

    @property
    def points(self) -> float:
        """The lesson's total, as the tests gave it."""
        return sum(section.points for section in self.sections)

    @property
    def max_points(self) -> float:
        """The points that the lesson has."""
        return sum(section.max_points for section in self.sections)


class Engine(Protocol):
    """The seam between grading and whatever runs student code."""

    name: str
    tier: str

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        """Run a student's notebook and judge every exercise of the lesson."""

    def close(self) -> None:
        """Release processes and files."""


class GradingPackage(msgspec.Struct, frozen=True, kw_only=True):
    """What grading one lesson needs: made by ``autograder build``, read by the engines."""

    lesson: str
    exercises: tuple[str, ...]
    released: Notebook
    """The student notebook as released: cell ids, ``metadata.exercise`` and ``metadata.role``."""
    tests: dict[str, str]
    """Exercise to the text of its otter test file."""
    digest: str
    """Hash of the tests, the reference library and the released notebook."""
    diagnosis: bytes = b""
    """How sample answers answer the probes, encoded. No points depend on it: it is not hashed."""
