"""The gradebook's tables about people: entries, the roster, hand marks, and what was decided."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from autograder.gradebook.database import Database, State
from autograder.gradebook.people import Decision, Entry, Matching, match
from autograder.gradebook.records import HandMark
from autograder.gradebook.roster import RosterFile, parse_roster
from autograder.gradebook.schema import add_person
from autograder.intake.submission import Identifier, Person

ROSTER = "roster"
ROSTER_NAME = "roster name"
ON_ROSTER, WAS_ON_ROSTER = 1, 2


class Register(Database):
    """Keeps what sources say and people decide; who is who is worked out from these."""

    _matched: tuple[State, Matching] | None = None

    def matching(self) -> Matching:
        """The students of this class."""
        state = self._state()
        if self._matched is None or self._matched[0] != state:
            self._matched = state, match(self.entries(), self.decisions())
        return self._matched[1]

    def entries(self) -> list[Entry]:
        """Everybody who is on the roster or has handed in, as each source tells."""
        occasions: dict[int, set[tuple[int, str]]] = defaultdict(set)
        for row in self._all(
            """SELECT DISTINCT p.person, seen.run, a.lesson FROM attempts AS a
               JOIN attempt_people AS p ON p.attempt = a.id JOIN seen ON seen.attempt = a.id"""
        ):
            occasions[row["person"]].add((row["run"], row["lesson"]))
        # An earlier roster's row about which a person has decided something still says who is who.
        kept = {row["person"] for row in self._all("SELECT person FROM hand_marks")}
        for row in self._all("SELECT first, second FROM decisions"):
            kept |= {row["first"], row["second"]}
        return [
            Entry(
                id=row["id"],
                identifiers=msgspec.json.decode(row["identifiers"], type=tuple[Identifier, ...]),
                on_roster=row["on_roster"] == ON_ROSTER,
                section=row["section"],
                occasions=frozenset(occasions[row["id"]]),
            )
            for row in self._all("SELECT * FROM people ORDER BY id")
            if row["on_roster"] == ON_ROSTER or row["id"] in occasions or row["id"] in kept
        ]

    def roster(self) -> RosterFile | None:
        """The roster that was given last."""
        text = self.setting(ROSTER)
        return parse_roster(text, self.setting(ROSTER_NAME)) if text else None

    def use_roster(self, text: str, name: str) -> RosterFile:
        """Make this the roster of the class, in place of an earlier one.

        Raises:
            ValueError: it has no usable columns, or two rows for one id.
        """
        roster = parse_roster(text, name)
        with self.transaction():
            self.set(ROSTER, text)
            self.set(ROSTER_NAME, name)
            self._db.execute(
                "UPDATE people SET on_roster = ? WHERE on_roster = ?", (WAS_ON_ROSTER, ON_ROSTER)
            )
            for row in roster.students:
                id_ = add_person(self._db, Person(row.identifiers), True, row.section)
                self._db.execute(
                    "UPDATE people SET on_roster = ?, section = ? WHERE id = ?",
                    (ON_ROSTER, row.section, id_),
                )
        return roster

    def decisions(self) -> list[Decision]:
        """What people decided about who is who, the oldest first."""
        rows = self._all("SELECT * FROM decisions ORDER BY id")
        return [
            Decision(kind=row["kind"], first=row["first"], second=row["second"], name=row["name"])
            for row in rows
        ]

    def decide(self, decisions: Iterable[Decision]) -> None:
        """Keep what a person decided about who is who."""
        with self.transaction():
            self._db.executemany(
                """INSERT INTO decisions (kind, first, second, name, made_at)
                   VALUES (?, ?, ?, ?, ?)""",
                [(one.kind, one.first, one.second, one.name, time.time()) for one in decisions],
            )

    def add_hand_mark(self, mark: HandMark) -> int:
        """Keep what a person decided about one exercise; the latest counts.

        Returns:
            The decision's id.
        """
        with self.transaction():
            cursor = self._db.execute(
                """INSERT INTO hand_marks
                       (person, exercise, points, why, who, made_at, content_hash, code)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (mark.person, mark.exercise, mark.points, mark.why, mark.who, mark.made_at,
                 mark.content_hash, mark.code),
            )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def hand_marks(self, matching: Matching) -> dict[int, dict[str, HandMark]]:
        """The latest of each exercise that was not taken back, by student."""
        latest: dict[int, dict[str, HandMark]] = defaultdict(dict)
        for row in self._all(
            """SELECT * FROM hand_marks WHERE id NOT IN (SELECT mark FROM withdrawn) ORDER BY id"""
        ):
            mark = hand_mark_of(row)
            student = matching.student_of.get(mark.person)
            if student is not None:
                latest[student.id][mark.exercise] = mark
        return latest


def hand_mark_of(row: sqlite3.Row) -> HandMark:
    """Read one line of the table of hand marks."""
    return HandMark(
        person=row["person"],
        exercise=row["exercise"],
        points=row["points"],
        why=row["why"],
        who=row["who"],
        made_at=row["made_at"],
        content_hash=row["content_hash"],
        code=row["code"],
    )
