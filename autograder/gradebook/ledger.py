"""Every decision about points, also those that were taken back, and what a decision was based on.

Points given by hand are never overwritten and never deleted. Taking one back is one more line, so
that the history of a student says who decided what and when.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec

from autograder.gradebook.people import Matching
from autograder.gradebook.records import HandMark
from autograder.gradebook.register import Register, hand_mark_of


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history of decisions."""

    id: int
    mark: HandMark
    withdrawn_by: str = ""
    """Who took it back; empty while it stands."""
    withdrawn_at: float = 0.0


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    """What decisions are based on: each student's attempts, and the decisions made so far."""

    people: int
    """Decisions about who is who, of which any may move work from one student to another."""
    work: dict[int, tuple[str, ...]]
    """By student: the attempts and how each was graded."""
    decided: dict[tuple[int, str], tuple[int, int]]
    """By student and exercise: the latest decision, and how many were taken back."""

    def basis(self, students: Iterable[int], exercise: str) -> str:
        """A text that changes with everything a decision about these students rests on."""
        parts = [
            (one, self.work.get(one, ()), self.decided.get((one, exercise), (0, 0)))
            for one in students
        ]
        return hashlib.sha256(repr((self.people, parts)).encode()).hexdigest()[:32]

    def with_decisions(self, later: Standings, students: Collection[int]) -> Standings:
        """These standings, with the decisions about some students as they are later."""
        decided = {
            key: value
            for standings, of_them in ((self, False), (later, True))
            for key, value in standings.decided.items()
            if (key[0] in students) == of_them
        }
        return Standings(people=self.people, work=self.work, decided=decided)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the latest run has come."""

    graded: int
    total: int
    per_minute: int
    """Notebooks graded within the last minute."""
    running: bool
    slowest: tuple[tuple[str, float], ...]
    """Names and seconds of those that took longest."""


class Ledger(Register):
    """The gradebook's view on decisions about points."""

    def standings(self, matching: Matching) -> Standings:
        """What every decision would be based on now."""
        student_of = {person: one.id for person, one in matching.student_of.items()}
        work: dict[int, list[str]] = defaultdict(list)
        for row in self._all(
            """SELECT p.person, a.id, a.content_hash, g.id AS grading, g.graded_at, g.problem
               FROM attempt_people AS p JOIN attempts AS a ON a.id = p.attempt
               LEFT JOIN gradings AS g ON g.id = a.grading ORDER BY p.person, a.id"""
        ):
            if (student := student_of.get(row["person"])) is not None:
                work[student].append(repr(tuple(row)))
        decided: dict[tuple[int, str], tuple[int, int]] = {}
        for row in self._all(
            """SELECT h.person, h.exercise, MAX(h.id) AS latest, COUNT(w.mark) AS withdrawn
               FROM hand_marks AS h LEFT JOIN withdrawn AS w ON w.mark = h.id
               GROUP BY h.person, h.exercise"""
        ):
            if (student := student_of.get(row["person"])) is not None:
                key = student, row["exercise"]
                latest, withdrawn = decided.get(key, (0, 0))
                decided[key] = max(latest, row["latest"]), withdrawn + row["withdrawn"]
        people = int(self._one("SELECT COUNT(*) FROM decisions")[0])
        return Standings(
            people=people, work={one: tuple(parts) for one, parts in work.items()}, decided=decided
        )

    def add_hand_marks(self, marks: Iterable[HandMark]) -> list[int]:
        """Keep several decisions, all or none.

        Returns:
            Their ids, for ``withdraw``.
        """
        with self.transaction():
            return [self.add_hand_mark(mark) for mark in marks]

    def withdraw(self, marks: Collection[int], who: str) -> None:
        """Take decisions back: what counted before each of them counts again."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO withdrawn VALUES (?, ?, ?)",
                [(mark, who, time.time()) for mark in marks],
            )

    def decided(self, persons: Collection[int]) -> list[Decided]:
        """Every decision about the points of these entries, the oldest first."""
        places = ", ".join("?" * len(persons))
        rows = self._all(
            f"""SELECT h.*, w.who AS withdrawn_by, w.made_at AS withdrawn_at
                FROM hand_marks AS h LEFT JOIN withdrawn AS w ON w.mark = h.id
                WHERE h.person IN ({places}) ORDER BY h.id""",
            *persons,
        )
        return [
            Decided(
                id=row["id"],
                mark=hand_mark_of(row),
                withdrawn_by=row["withdrawn_by"] or "",
                withdrawn_at=row["withdrawn_at"] or 0.0,
            )
            for row in rows
        ]

    def standing_marks(self, marks: Sequence[int]) -> list[HandMark]:
        """Those of these decisions that are the latest of their exercise and not taken back."""
        places = ", ".join("?" * len(marks))
        rows = self._all(
            f"""SELECT * FROM hand_marks AS h WHERE id IN ({places})
                AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE mark = h.id)
                AND NOT EXISTS (SELECT 1 FROM hand_marks AS later WHERE later.person = h.person
                                AND later.exercise = h.exercise AND later.id > h.id
                                AND later.id NOT IN (SELECT mark FROM withdrawn))
                ORDER BY id""",
            *marks,
        )
        return [hand_mark_of(row) for row in rows]

    def progress(self) -> Progress:
        """How far grading has come, from the file alone: the run may be another process."""
        total, graded = self._one(
            """SELECT COUNT(*), COUNT(grading) FROM attempts
               WHERE content_hash IS NOT NULL AND problem = ''"""
        )
        recent = self._one("SELECT COUNT(*) FROM gradings WHERE graded_at > ?", time.time() - 60)
        run = self._one("SELECT started_at, finished_at FROM runs ORDER BY id DESC LIMIT 1")
        # A run that was killed never says that it has ended.
        is_fresh = run is not None and (recent[0] > 0 or run["started_at"] > time.time() - 60)
        slowest = self._all(
            """SELECT a.name, g.seconds FROM gradings AS g JOIN attempts AS a ON a.grading = g.id
               GROUP BY g.id ORDER BY g.seconds DESC LIMIT 5"""
        )
        return Progress(
            graded=int(graded),
            total=int(total),
            per_minute=int(recent[0]),
            running=is_fresh and run["finished_at"] is None,
            slowest=tuple((row["name"], row["seconds"]) for row in slowest),
        )
