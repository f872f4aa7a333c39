"""What waits for a person, most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograder.desk.reading import Snapshot
from autograder.gradebook.people import described
from autograder.gradebook.records import Row
from autograder.model import Status
from autograder.outputs.report.alike import AlikePair
from autograder.outputs.report.rows import key, sections, student_name
from autograder.outputs.report.stats import lesson_title, title_of

SHOWN = 30
"""Of each kind; the number of all stands beside it."""


class Waiting(NamedTuple):
    """One thing to do, and where it is done: an address below the desk's own."""

    text: str
    address: str
    detail: str = ""


class Kind(NamedTuple):
    """Things to do of one kind."""

    title: str
    waiting: list[Waiting]

    @property
    def shown(self) -> list[Waiting]:
        """The first ones, which the page lists."""
        return self.waiting[:SHOWN]


def todo(snapshot: Snapshot, pairs: list[AlikePair] | None) -> list[Kind]:
    """Everything that waits, by kind; kinds with nothing to do are left out."""
    kinds = [
        Kind("Not graded", list(_not_graded(snapshot))),
        Kind("Points by hand on hold, after a new attempt", list(_on_hold(snapshot))),
        Kind("Not matched to the roster", list(_unmatched(snapshot))),
        Kind("Graded with problems", list(_troubled(snapshot))),
        Kind("Handed in as released: unsaved work?", list(_untouched(snapshot))),
        Kind("Nearly the same code", list(_alike(pairs or []))),
        Kind("Tests that better students fail more often", list(_suspicious(snapshot))),
    ]
    return [kind for kind in kinds if kind.waiting]


def student_address(row: Row, anchor: str = "") -> str:
    """Where a student is shown."""
    return f"/student/{row.student.id}{'#' if anchor else ''}{anchor}"


def _not_graded(snapshot: Snapshot) -> Iterator[Waiting]:
    for row in snapshot.rows:
        if row.outcome is None and not row.adjustments:
            yield Waiting(student_name(row), student_address(row), row.problem)


def _on_hold(snapshot: Snapshot) -> Iterator[Waiting]:
    for row in snapshot.rows:
        for mark in row.on_hold:
            what = f"{mark.exercise}: {mark.points:g} given for an earlier attempt ({mark.why})"
            yield Waiting(student_name(row), student_address(row, mark.exercise), what)


def _unmatched(snapshot: Snapshot) -> Iterator[Waiting]:
    for student in snapshot.strangers:
        told = described(student)
        detail = "" if told == student.name else told
        yield Waiting(student.name, f"/student/{student.id}#who", detail)
    for sentence in snapshot.matching.conflicts:
        yield Waiting(sentence, "/class#conflicts")


def _troubled(snapshot: Snapshot) -> Iterator[Waiting]:
    for row in snapshot.rows:
        if row.status != Status.WITH_PROBLEMS:
            continue
        for section in sections(row):
            if section.events and row.adjustment(section.exercise) is None:
                where = student_address(row, section.exercise)
                told = f"{section.exercise}: {section.events[0].sentence}"
                yield Waiting(student_name(row), where, told)


def _untouched(snapshot: Snapshot) -> Iterator[Waiting]:
    for row in snapshot.rows:
        if key(row) in snapshot.untouched:
            yield Waiting(student_name(row), student_address(row), lesson_title(key(row)[1]))


def _alike(pairs: list[AlikePair]) -> Iterator[Waiting]:
    for place, one in enumerate(pairs):
        names = f"{student_name(one.first)} and {student_name(one.second)}"
        share = "the same" if one.pair.identical else f"{100 * one.pair.share:.0f} % shared"
        yield Waiting(names, f"/alike/{place}", f"{lesson_title(one.pair.lesson)}, {share}")


def _suspicious(snapshot: Snapshot) -> Iterator[Waiting]:
    for lesson in snapshot.stats:
        for exercise in lesson.exercises:
            for test in exercise.tests:
                if test.discrimination is not None and test.discrimination < 0:
                    where = f"/test/{exercise.name}/{test.name}"
                    told = f"discrimination {test.discrimination:.2f}"
                    yield Waiting(f"{exercise.name}: {title_of(test.name)}", where, told)
