"""Runs, the notebooks and packages they used, and what the tests gave."""

from __future__ import annotations

import json
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from autograder.errors import GradebookError
from autograder.gradebook.database import Database, State, plain_errors
from autograder.gradebook.records import Task
from autograder.model import (
    Event,
    EventKind,
    Finding,
    GradingPackage,
    NotebookOutcome,
    SectionOutcome,
    TestOutcome,
)

_CURRENT = "WHERE grading IN (SELECT grading FROM attempts)"


class Gradings(Database):
    """A grading is known by the notebook's content, the tests' digest and the engine's name."""

    _decoded: tuple[State, dict[str, GradingPackage]] | None = None

    def keep_notebook(self, content_hash: str, body: bytes) -> None:
        """Store a submitted notebook, so that it can be graded again without its file."""
        known = self._one("SELECT 1 FROM notebooks WHERE content_hash = ?", content_hash)
        if known is None:
            with plain_errors(self.path):
                self._db.execute(
                    "INSERT INTO notebooks VALUES (?, ?)", (content_hash, zlib.compress(body, 1))
                )

    def forget_unused_notebooks(self) -> None:
        """Drop notebooks that belong to no attempt: what a run that was refused had read."""
        with self.transaction():
            self._db.execute(
                """DELETE FROM notebooks WHERE
                   NOT EXISTS (SELECT 1 FROM attempts AS a
                               WHERE a.content_hash = notebooks.content_hash)
                   AND NOT EXISTS (SELECT 1 FROM gradings AS g
                                   WHERE g.content_hash = notebooks.content_hash)"""
            )

    def notebook(self, content_hash: str) -> bytes:
        """The bytes of a notebook, as it was handed in.

        Raises:
            GradebookError: there is none of this hash.
        """
        row = self._one("SELECT body FROM notebooks WHERE content_hash = ?", content_hash)
        if row is None:
            raise GradebookError(
                f"The gradebook {self.path} does not hold this notebook: it is not the one "
                "that was read before."
            )
        return zlib.decompress(row["body"])

    def begin_run(
        self,
        engine: str,
        jobs: int,
        packages: Mapping[str, GradingPackage],
        versions: Mapping[str, str],
    ) -> int:
        """Note that a run begins, with what it grades by.

        Returns:
            The run's id, for ``finish_run``.
        """
        with self.transaction():
            for package in packages.values():
                self.keep_package(package)
            cursor = self._db.execute(
                "INSERT INTO runs (started_at, engine, jobs, versions) VALUES (?, ?, ?, ?)",
                (time.time(), engine, jobs, json.dumps(dict(versions))),
            )
        return int(cursor.lastrowid or 0)

    def finish_run(self, run: int) -> None:
        """Note that a run came to its end."""
        with self.transaction():
            self._db.execute("UPDATE runs SET finished_at = ? WHERE id = ?", (time.time(), run))

    def last_run(self) -> dict[str, Any]:
        """Engine, versions and times of the latest run; empty when there is none."""
        row = self._one("SELECT * FROM runs ORDER BY id DESC LIMIT 1")
        if row is None:
            return {}
        return {**dict(row), "versions": json.loads(row["versions"])}

    def keep_package(self, package: GradingPackage) -> None:
        """Store what a lesson is graded with from now on: the pages need nothing else."""
        kept = msgspec.structs.replace(package, diagnosis=b"")  # Findings are kept themselves.
        body = zlib.compress(msgspec.msgpack.encode(kept))
        self._db.execute(
            """INSERT INTO lessons (digest, lesson, package, used)
               VALUES (?, ?, ?, (SELECT COALESCE(MAX(used), 0) + 1 FROM lessons))
               ON CONFLICT (digest) DO UPDATE SET used = excluded.used""",
            (package.digest, package.lesson, body),
        )

    def packages(self) -> dict[str, GradingPackage]:
        """Each lesson's grading package that was used last."""
        state = self._state()
        if self._decoded is None or self._decoded[0] != state:
            rows = self._all("SELECT lesson, package FROM lessons ORDER BY used")
            latest = {str(row["lesson"]): row["package"] for row in rows}
            self._decoded = (
                state,
                {
                    lesson: msgspec.msgpack.decode(zlib.decompress(body), type=GradingPackage)
                    for lesson, body in sorted(latest.items())
                },
            )
        return self._decoded[1]

    def lessons(self) -> list[str]:
        """The slugs of all lessons that this gradebook was ever graded with."""
        return [row["lesson"] for row in self._all("SELECT DISTINCT lesson FROM lessons")]

    def forget_gradings(self, engine: str, digests: Iterable[str]) -> None:
        """Drop what is known under these tests, so that everything is graded afresh."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM gradings WHERE engine = ? AND digest = ?",
                [(engine, digest) for digest in digests],
            )

    def is_graded(
        self, content_hash: str, lesson: str, engine: str, digests: Mapping[str, str]
    ) -> bool:
        """True when these tests have judged this notebook.

        A grading that failed (a worker died, time ran out) is tried again by the next run.
        """
        return (
            self._one(
                """SELECT 1 FROM gradings WHERE content_hash = ? AND digest = ? AND engine = ?
               AND problem = ''""",
                content_hash,
                digests[lesson],
                engine,
            )
            is not None
        )

    def save_outcome(
        self, task: Task, digest: str, outcome: NotebookOutcome, seconds: float
    ) -> None:
        """Commit one graded notebook and point its attempts at it."""
        with self.transaction():
            grading = self._new_grading(task, digest, outcome.engine, outcome.tier, seconds, "")
            self._save_sections(grading, outcome)

    def save_failure(
        self, task: Task, digest: str, engine: str, sentence: str, seconds: float
    ) -> None:
        """Commit the fact that a notebook could not be graded."""
        with self.transaction():
            self._new_grading(task, digest, engine, "", seconds, sentence)

    def _new_grading(
        self, task: Task, digest: str, engine: str, tier: str, seconds: float, problem: str
    ) -> int:
        key = (task.content_hash, digest, engine)
        self._db.execute(
            "DELETE FROM gradings WHERE content_hash = ? AND digest = ? AND engine = ?", key
        )
        cursor = self._db.execute(
            """INSERT INTO gradings
                   (content_hash, digest, engine, tier, graded_at, seconds, problem)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (*key, tier, time.time(), seconds, _clean(problem)),
        )
        grading = int(cursor.lastrowid or 0)
        self._db.execute(
            "UPDATE attempts SET grading = ? WHERE content_hash = ? AND lesson = ?",
            (grading, task.content_hash, task.lesson),
        )
        return grading

    def _save_sections(self, grading: int, outcome: NotebookOutcome) -> None:
        self._db.executemany(
            "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (grading, place, one.exercise, _clean(one.prediction), one.seconds, one.rerun,
                 _clean(msgspec.json.encode(one.findings).decode()), one.behaviour,
                 _clean(one.undiagnosed))
                for place, one in enumerate(outcome.sections)
            ],
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO tests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (grading, section.exercise, place, test.name, test.points, test.max_points,
                 test.hidden, _clean(test.message), _clean(test.detail))
                for section in outcome.sections
                for place, test in enumerate(section.tests)
            ],
        )  # fmt: skip
        events: list[tuple[str | None, Event]] = [(None, event) for event in outcome.events]
        events += [(part.exercise, event) for part in outcome.sections for event in part.events]
        self._db.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (grading, place, section, event.exercise, event.kind, _clean(event.sentence),
                 event.cell, event.test, event.after_hidden)
                for place, (section, event) in enumerate(events)
            ],
        )  # fmt: skip

    def outcomes(self) -> dict[int, NotebookOutcome]:
        """What the tests gave, by the id of the grading, for every attempt that has one."""
        events = self._events()
        sections = self._sections(self._tests(), events)
        graded = self._all(
            """SELECT g.id, g.engine, g.tier, l.lesson FROM gradings AS g
               JOIN lessons AS l ON l.digest = g.digest WHERE g.problem = ''"""
        )
        return {
            row["id"]: NotebookOutcome(
                lesson=row["lesson"],
                sections=tuple(sections[row["id"]]),
                engine=row["engine"],
                tier=row["tier"],
                events=tuple(events[row["id"], None]),
            )
            for row in graded
        }

    def _tests(self) -> Mapping[tuple[int, str], list[TestOutcome]]:
        """The tests by grading and exercise."""
        tests: dict[tuple[int, str], list[TestOutcome]] = defaultdict(list)
        # A test ends in few ways: each is held once, not once for each of 10,000 students.
        known: dict[TestOutcome, TestOutcome] = {}
        select = f"SELECT * FROM tests {_CURRENT} ORDER BY grading, exercise, position"
        for row in self._db.execute(select):
            outcome = TestOutcome(
                name=row["name"],
                points=row["points"],
                max_points=row["max_points"],
                hidden=bool(row["hidden"]),
                message=row["message"],
                detail=row["detail"],
            )
            tests[row["grading"], row["exercise"]].append(known.setdefault(outcome, outcome))
        return tests

    def _events(self) -> Mapping[tuple[int, str | None], list[Event]]:
        """The events by grading and exercise; None for those of the whole notebook."""
        events: dict[tuple[int, str | None], list[Event]] = defaultdict(list)
        for row in self._all(f"SELECT * FROM events {_CURRENT} ORDER BY grading, position"):
            event = Event(
                kind=EventKind(row["kind"]),
                sentence=row["sentence"],
                exercise=row["exercise"],
                cell=row["cell"],
                test=row["test"],
                after_hidden=bool(row["after_hidden"]),
            )
            events[row["grading"], row["section"]].append(event)
        return events

    def _sections(
        self,
        tests: Mapping[tuple[int, str], list[TestOutcome]],
        events: Mapping[tuple[int, str | None], list[Event]],
    ) -> Mapping[int, list[SectionOutcome]]:
        """The exercises by grading. Both tables have an empty list for what they do not hold."""
        sections: dict[int, list[SectionOutcome]] = defaultdict(list)
        for row in self._all(f"SELECT * FROM sections {_CURRENT} ORDER BY grading, position"):
            key = (row["grading"], row["exercise"])
            sections[row["grading"]].append(
                SectionOutcome(
                    exercise=row["exercise"],
                    tests=tuple(tests[key]),
                    events=tuple(events[key]),
                    prediction=row["prediction"],
                    seconds=row["seconds"],
                    rerun=bool(row["rerun"]),
                    findings=msgspec.json.decode(row["findings"], type=tuple[Finding, ...]),
                    behaviour=row["behaviour"],
                    undiagnosed=row["undiagnosed"],
                )
            )
        return sections


def _clean(text: str | None) -> str | None:
    """Text of a student's process, as SQLite can store it."""
    return None if text is None else text.encode("utf-8", "replace").decode()
