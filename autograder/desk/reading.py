"""The class as the desk shows it: read in the background, again whenever the gradebook changes.

A view never waits for the gradebook: reading a class of 2,000 takes a second, and ``grade`` may
write twice a second. What a person has just decided is put into the class at once.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from autograder.course.predictions import WhatHappens
from autograder.desk.groups import Answer, Group, groups_of
from autograder.errors import AutograderError, GradebookError
from autograder.gradebook.database import FILE_NAME, plain_errors
from autograder.gradebook.decisions import unmatched
from autograder.gradebook.ledger import Standings
from autograder.gradebook.people import Matching
from autograder.gradebook.records import HandMark, Row, Student
from autograder.gradebook.settings import ClassSettings
from autograder.gradebook.store import Gradebook
from autograder.model import GradingPackage
from autograder.outputs.report.alike import AlikePair, own_work
from autograder.outputs.report.rows import key, sections
from autograder.outputs.report.stats import Key, LessonStats, lesson_stats

LOOK_SECONDS = 0.5
MARKING_SECONDS = 5.0
"""For so long after a decision made here the class is not read as a whole: it is up to date, and
somebody is marking."""
READINGS = 2
"""So often the class is read while decisions go on; then these wait for it."""
REST = 3
"""Of its time, the reader rests this many parts for each part that it reads."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The class at one moment."""

    rows: tuple[Row, ...]
    settings: ClassSettings
    packages: Mapping[str, GradingPackage]
    matching: Matching
    standings: Standings
    absent: Mapping[str, list[Student]]
    """By lesson, who is on the roster and has not handed in."""
    strangers: tuple[Student, ...]
    """Who handed in and is not on the roster."""
    untouched: frozenset[Key]
    """Rows whose notebook is the released one."""
    stats: list[LessonStats]
    """The figures, as they were when the class was last read as a whole."""

    @cached_property
    def of_student(self) -> dict[int, list[Row]]:
        """Each student's rows, by the student's number."""
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.student.id].append(row)
        return dict(found)

    @cached_property
    def answers(self) -> dict[str, list[Answer]]:
        """Every judged answer, by exercise."""
        found: dict[str, list[Answer]] = defaultdict(list)
        for row in self.rows:
            for section in sections(row):
                found[section.exercise].append(Answer(row, section))
        return dict(found)

    @cached_property
    def _groups(self) -> dict[str, list[Group]]:
        return {}

    def groups(self, exercise: str) -> list[Group]:
        """Answers that behave alike; an exercise is sorted when it is first looked at."""
        if exercise not in self._groups:
            found = groups_of(self.answers.get(exercise, ()))
            self._groups[exercise] = found
        return self._groups[exercise]

    @cached_property
    def exercises(self) -> dict[str, str]:
        """Every exercise and its lesson, in teaching order."""
        return {
            exercise: lesson
            for lesson, package in self.packages.items()
            for exercise in package.exercises
        }

    @cached_property
    def most(self) -> dict[str, float]:
        """The points that each exercise has."""
        return {
            exercise: max(one.section.max_points for one in answers)
            for exercise, answers in self.answers.items()
        }

    def persons(self, student: int) -> list[int]:
        """The gradebook's entries of a student."""
        return [entry for entry, one in self.matching.student_of.items() if one.id == student]


class Desk:
    """One gradebook, as all views see it."""

    def __init__(self, out: Path, outcomes: Mapping[str, WhatHappens]) -> None:
        self.out, self._outcomes = out, outcomes
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._problem = ""
        self._writes = 0
        self._wrote_at = -MARKING_SECONDS
        self._known_untouched: dict[str, bool] = {}
        self._pairs: tuple[object, list[AlikePair]] | None = None
        self._comparing = threading.Event()
        self._stop = threading.Event()
        self.decisions = 0
        """How many decisions were made at this desk."""

    def open(self) -> Gradebook:
        """The gradebook, for one thread and a short time.

        Raises:
            GradebookError: it is gone or cannot be used.
        """
        return Gradebook.open(self.out)

    def snapshot(self) -> Snapshot:
        """The class as it was read last.

        Raises:
            GradebookError: the gradebook is gone or cannot be used.
        """
        if self._problem:
            raise GradebookError(self._problem)
        if self._snapshot is None:
            self.read()
        assert self._snapshot is not None
        return self._snapshot

    def start(self) -> None:
        """Begin to follow the gradebook, until ``stop``."""
        threading.Thread(target=self._follow, name="desk-reader", daemon=True).start()

    def stop(self) -> None:
        """End following the gradebook."""
        self._stop.set()

    def read(self, book: Gradebook | None = None) -> None:
        """Read the class now.

        Raises:
            GradebookError: the gradebook is gone or cannot be used.
        """
        if book is None:
            with self.open() as opened:
                self.read(opened)
            return
        for _ in range(READINGS):
            writes = self._writes
            with plain_errors(book.path):
                made = self._read(book)
            with self._lock:
                # What was decided while this was read is not in it: read again.
                if writes == self._writes:
                    self._snapshot = made
                    return
        # Decisions come faster than the class is read, as from two who mark: they wait once.
        with self._lock, plain_errors(book.path):
            self._snapshot = self._read(book)

    def _read(self, book: Gradebook) -> Snapshot:
        # Standings first: what changes afterwards makes a decision stale, never unnoticed.
        matching = book.matching()
        standings = book.standings(matching)
        rows, packages = book.rows(), book.packages()
        made = Snapshot(
            rows=tuple(rows),
            settings=book.class_settings(),
            packages=packages,
            matching=matching,
            standings=standings,
            absent=book.not_handed_in(),
            strangers=tuple(unmatched(book)),
            untouched=self._untouched(book, rows),
            stats=lesson_stats(rows, packages, self._outcomes),
        )
        for exercise in made.exercises:
            made.groups(exercise)  # Here, so that no view has to wait for it.
        return made

    def _untouched(self, book: Gradebook, rows: Iterable[Row]) -> frozenset[Key]:
        known = self._known_untouched
        found = set()
        for row in rows:
            content = row.submission.content_hash
            if not content or row.outcome is None:
                continue
            if content not in known:
                known[content] = book.as_released(row)
            if known[content]:
                found.add(key(row))
        return frozenset(found)

    def decided(self, book: Gradebook, students: Collection[int]) -> None:
        """Put what was decided about these students into the class.

        Of others the basis stays as it was, like their rows: what the page shows and what a
        decision rests on must be of one moment.
        """
        self.snapshot()
        with self._lock:
            before = self._snapshot
            assert before is not None
            standings = before.standings.with_decisions(book.standings(before.matching), students)
            marks = book.hand_marks(before.matching)
            rows = tuple(
                _renewed(book, before, row, marks.get(row.student.id, {}))
                if row.student.id in students
                else row
                for row in before.rows
            )
            self._writes += 1
            self._wrote_at = time.monotonic()
            self._snapshot = replace(before, rows=rows, standings=standings)

    def _follow(self) -> None:
        """Read the gradebook again whenever it has changed; one that vanishes is told, not lost."""
        state: object = None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                state = self._look(state)
                self._problem = ""
            except AutograderError as error:
                state, self._problem = None, str(error)
            except Exception as error:  # The views go on with what was read last.
                log.warning("The gradebook cannot be read: %s: %s", type(error).__name__, error)
            self._stop.wait(max(LOOK_SECONDS, REST * (time.monotonic() - began)))

    def _look(self, state: object) -> object:
        path = self.out / FILE_NAME
        now = _stamp(path), _stamp(path.with_name(f"{FILE_NAME}-wal"))
        is_marking = path.is_file() and time.monotonic() - self._wrote_at < MARKING_SECONDS
        if now == state or is_marking:
            return state
        self.read()
        return now

    def pairs(self) -> list[AlikePair] | None:
        """Notebooks that are nearly the same; None while they are compared, in the background."""
        snapshot = self.snapshot()
        wanted = hash(frozenset(row.submission.content_hash for row in snapshot.rows))
        if self._pairs and self._pairs[0] == wanted:
            return self._pairs[1]
        if not self._comparing.is_set():
            self._comparing.set()
            threading.Thread(target=self._compare, args=(snapshot, wanted), daemon=True).start()
        return self._pairs[1] if self._pairs else None

    def _compare(self, snapshot: Snapshot, wanted: object) -> None:
        try:
            with self.open() as book:
                self._pairs = wanted, own_work(book, snapshot.rows, snapshot.packages).pairs
        except (AutograderError, sqlite3.Error) as error:
            log.warning("Notebooks cannot be compared: %s", error)
        finally:
            self._comparing.clear()


def _renewed(book: Gradebook, snapshot: Snapshot, row: Row, own: Mapping[str, HandMark]) -> Row:
    """The row with a student's hand marks as they are now."""
    lesson = snapshot.packages.get(row.submission.lesson or "")
    fitting = [own[one] for one in (lesson.exercises if lesson else own) if one in own]
    return book.with_marks(row, fitting, snapshot.settings)


def _stamp(path: Path) -> tuple[int, int, int]:
    """Changes with every write to a file; zeros where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
