"""The gradebook: one SQLite file that holds everything; pages and tables are derived from it.

Every result is committed as it arrives, so a run that is killed at any moment goes on where it
was. A grading is known by the notebook's content, the tests' digest and the engine's name, and is
never made twice. What a person decides (``adjustments``) is kept apart from what was computed.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import msgspec

from autograder.errors import GradebookError
from autograder.gradebook.records import Adjustment, Policy, Row, Task
from autograder.intake import Submission
from autograder.intake.items import GRADEBOOK
from autograder.intake.submission import short_hash
from autograder.model import (
    Event,
    EventKind,
    GradingPackage,
    NotebookOutcome,
    SectionOutcome,
    TestOutcome,
)

FILE_NAME = GRADEBOOK

MIGRATIONS = (
    """
    CREATE TABLE notebooks (content_hash TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE lessons (
        digest TEXT PRIMARY KEY, lesson TEXT NOT NULL, package BLOB NOT NULL
    );
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, started_at REAL NOT NULL, finished_at REAL, engine TEXT NOT NULL,
        jobs INTEGER NOT NULL, versions TEXT NOT NULL
    );
    CREATE TABLE gradings (
        id INTEGER PRIMARY KEY, content_hash TEXT NOT NULL REFERENCES notebooks,
        digest TEXT NOT NULL REFERENCES lessons, engine TEXT NOT NULL, tier TEXT NOT NULL,
        graded_at REAL NOT NULL, seconds REAL NOT NULL, problem TEXT NOT NULL DEFAULT '',
        UNIQUE (content_hash, digest, engine)
    );
    CREATE TABLE submissions (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, lesson TEXT NOT NULL, attempt INTEGER NOT NULL,
        student TEXT NOT NULL, key TEXT NOT NULL, source TEXT NOT NULL, root TEXT NOT NULL,
        submitted_at REAL, time_source TEXT NOT NULL, late INTEGER NOT NULL,
        canvas_id TEXT NOT NULL, content_hash TEXT REFERENCES notebooks, problem TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs,
        grading INTEGER REFERENCES gradings ON DELETE SET NULL,
        UNIQUE (name, lesson, attempt)
    );
    CREATE INDEX submissions_by_content ON submissions (content_hash);
    CREATE INDEX submissions_by_grading ON submissions (grading);
    CREATE TABLE sections (
        grading INTEGER NOT NULL REFERENCES gradings ON DELETE CASCADE, position INTEGER NOT NULL,
        stem TEXT NOT NULL, prediction TEXT, seconds REAL NOT NULL, rerun INTEGER NOT NULL,
        PRIMARY KEY (grading, position)
    ) WITHOUT ROWID;
    CREATE TABLE tests (
        grading INTEGER NOT NULL REFERENCES gradings ON DELETE CASCADE, stem TEXT NOT NULL,
        position INTEGER NOT NULL, name TEXT NOT NULL, points REAL NOT NULL,
        max_points REAL NOT NULL, hidden INTEGER NOT NULL, message TEXT NOT NULL,
        detail TEXT NOT NULL, PRIMARY KEY (grading, stem, position)
    ) WITHOUT ROWID;
    CREATE TABLE events (
        grading INTEGER NOT NULL REFERENCES gradings ON DELETE CASCADE, position INTEGER NOT NULL,
        section TEXT, stem TEXT, kind TEXT NOT NULL, sentence TEXT NOT NULL, cell INTEGER,
        PRIMARY KEY (grading, position)
    ) WITHOUT ROWID;
    CREATE TABLE adjustments (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, stem TEXT NOT NULL, points REAL NOT NULL,
        why TEXT NOT NULL, who TEXT NOT NULL, made_at REAL NOT NULL
    );
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE sections RENAME COLUMN stem TO exercise;
    ALTER TABLE tests RENAME COLUMN stem TO exercise;
    ALTER TABLE events RENAME COLUMN stem TO exercise;
    ALTER TABLE adjustments RENAME COLUMN stem TO exercise;
    """,
    """
    ALTER TABLE events ADD COLUMN test TEXT;
    ALTER TABLE events ADD COLUMN after_hidden INTEGER NOT NULL DEFAULT 0;
    UPDATE events SET kind = 'protocol violation' WHERE kind = 'attack';
    """,
)


class _Undo(Exception):
    """Ends a trial."""


@contextlib.contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Say in a sentence what SQLite cannot do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        reason = str(error)
        if "full" in reason:
            reason = "the disk is full; everything graded so far is kept"
        elif "readonly" in reason or "unable to open" in reason:
            reason = "the folder cannot be written to"
        elif "locked" in reason:
            reason = "another run is writing to it"
        raise GradebookError(f"The gradebook {path} cannot be used: {reason}.") from error


class Gradebook:
    """The open gradebook of one output folder. One process writes, any number read."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    @classmethod
    def open(cls, out: Path, create: bool = False) -> Self:
        """Open the gradebook of an output folder, bringing an older one up to date.

        Raises:
            GradebookError: there is none, it is of a newer version, or it cannot be written.
        """
        path = out / FILE_NAME
        if create:
            try:
                out.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise GradebookError(
                    f"The folder {out} cannot be made: {error.strerror}."
                ) from None
        elif not path.is_file():
            raise GradebookError(f"{out} holds no gradebook; `autograder grade` makes one.")
        with plain_errors(path):
            connection = sqlite3.connect(path, timeout=10, isolation_level=None)
            connection.row_factory = sqlite3.Row
            book = cls(path, connection)
            book._prepare()
        return book

    def _prepare(self) -> None:
        version = int(self._one("PRAGMA user_version")[0])
        if version > len(MIGRATIONS):
            raise GradebookError(
                f"{self.path} was written by a newer version of autograder (its format is "
                f"{version}, this version knows {len(MIGRATIONS)}). Nothing was changed."
            )
        self._db.execute("PRAGMA foreign_keys = ON")
        # WAL with NORMAL: a killed process loses nothing; readers do not block the writer.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._db.executescript(f"BEGIN; {script}; PRAGMA user_version = {number}; COMMIT;")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another transaction, part of it."""
        if self._db.in_transaction:
            yield
            return
        with plain_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def trial(self, keep: bool) -> Iterator[None]:
        """A transaction that is undone at its end unless ``keep``."""
        try:
            with self.transaction():
                yield
                if not keep:
                    raise _Undo
        except _Undo:
            return

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    # Writing a run

    def keep_notebook(self, content_hash: str, body: bytes) -> None:
        """Store a submitted notebook, so that it can be graded again without its file."""
        known = self._one("SELECT 1 FROM notebooks WHERE content_hash = ?", content_hash)
        if known is None:
            with plain_errors(self.path):
                self._db.execute(
                    "INSERT INTO notebooks VALUES (?, ?)", (content_hash, zlib.compress(body, 1))
                )

    def begin_run(
        self,
        engine: str,
        jobs: int,
        packages: Mapping[str, GradingPackage],
        versions: Mapping[str, str],
    ) -> int:
        with self.transaction():
            for package in packages.values():
                self.keep_package(package)
            cursor = self._db.execute(
                "INSERT INTO runs (started_at, engine, jobs, versions) VALUES (?, ?, ?, ?)",
                (time.time(), engine, jobs, json.dumps(dict(versions))),
            )
        return int(cursor.lastrowid or 0)

    def keep_package(self, package: GradingPackage) -> None:
        """Store what a lesson was graded with: the pages need nothing else."""
        body = zlib.compress(msgspec.msgpack.encode(package))
        self._db.execute(
            "INSERT OR IGNORE INTO lessons VALUES (?, ?, ?)", (package.digest, package.lesson, body)
        )

    def finish_run(self, run: int) -> None:
        with self.transaction():
            self._db.execute("UPDATE runs SET finished_at = ? WHERE id = ?", (time.time(), run))

    def keep_apart(self, submissions: Iterable[Submission]) -> list[Submission]:
        """Rename submissions whose name another folder's student has already taken here."""
        taken = {
            row["name"]: (row["key"], row["root"])
            for row in self._all("SELECT DISTINCT name, key, root FROM submissions")
        }

        def rename(one: Submission) -> Submission:
            key, root = taken.get(one.name, (one.key, ""))
            # A folder that has since been moved is the same class, not another one.
            if key == one.key or not Path(root).exists():
                return one
            return msgspec.structs.replace(one, name=f"{one.name}-{short_hash(one.key)}")

        return [rename(one) for one in submissions]

    def record_submissions(self, run: int, submissions: Iterable[Submission]) -> None:
        """Make the gradebook's list that of the folder: new ones added, vanished ones removed."""
        found = list(submissions)
        with self.transaction():
            self._db.executemany(
                """INSERT INTO submissions (name, lesson, attempt, student, key, source, root,
                       submitted_at, time_source, late, canvas_id, content_hash, problem, run)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (name, lesson, attempt) DO UPDATE SET
                       student = excluded.student, key = excluded.key, source = excluded.source,
                       root = excluded.root, submitted_at = excluded.submitted_at,
                       time_source = excluded.time_source, late = excluded.late,
                       canvas_id = excluded.canvas_id, problem = excluded.problem,
                       run = excluded.run,
                       grading = CASE WHEN content_hash IS excluded.content_hash
                                      THEN grading ELSE NULL END,
                       content_hash = excluded.content_hash""",
                [(*_submission_values(one), run) for one in found],
            )
            self._db.executemany(
                "DELETE FROM submissions WHERE root = ? AND run < ?",
                [(root, run) for root in {one.root for one in found}],
            )

    def forget_gradings(self, run: int, engine: str, digests: Iterable[str]) -> None:
        """Drop what is known about this run's submissions, so that they are graded afresh."""
        with self.transaction():
            self._db.executemany(
                """DELETE FROM gradings WHERE engine = ? AND digest = ? AND content_hash IN
                       (SELECT content_hash FROM submissions WHERE run = ?)""",
                [(engine, digest, run) for digest in digests],
            )

    def link_known(self, run: int | None, engine: str, digests: Mapping[str, str]) -> None:
        """Point a run's submissions, or all, at gradings that exist already."""
        with self.transaction():
            for lesson, digest in digests.items():
                self._db.execute(
                    """UPDATE submissions SET grading = g.id FROM gradings AS g
                       WHERE g.content_hash = submissions.content_hash AND g.digest = ?
                       AND g.engine = ? AND lesson = ? AND run = COALESCE(?, run)""",
                    (digest, engine, lesson, run),
                )

    def tasks(
        self, run: int, engine: str, digests: Mapping[str, str], policy: Policy
    ) -> list[Task]:
        """What this run still has to grade: each notebook once, only attempts that can count."""
        pending = []
        seen: set[tuple[str, str]] = set()
        for row in self._all(_TASKS, run):
            if not _may_count(row, policy):
                continue
            key = (row["content_hash"], row["lesson"])
            if key in seen or self._is_graded(*key, engine, digests):
                continue
            seen.add(key)
            pending.append(Task(row["content_hash"], row["lesson"], row["name"]))
        return pending

    def stored_tasks(
        self, engine: str, digests: Mapping[str, str], policy: Policy, fresh: bool
    ) -> list[Task]:
        """Every stored notebook that can count and was not graded with these tests."""
        pending = {}
        for row in self._all(_STORED):
            key = (row["content_hash"], row["lesson"])
            if row["lesson"] not in digests or not _may_count(row, policy):
                continue
            if fresh or not self._is_graded(*key, engine, digests):
                pending[key] = Task(row["content_hash"], row["lesson"], row["name"])
        return list(pending.values())

    def _is_graded(
        self, content_hash: str, lesson: str, engine: str, digests: Mapping[str, str]
    ) -> bool:
        # A grading that failed (a worker died, time ran out) is tried again by the next run.
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

    def notebook(self, content_hash: str) -> bytes:
        row = self._one("SELECT body FROM notebooks WHERE content_hash = ?", content_hash)
        return zlib.decompress(row["body"])

    def save_outcome(
        self, task: Task, digest: str, outcome: NotebookOutcome, seconds: float
    ) -> None:
        """Commit one graded notebook and point its submissions at it."""
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
            (*key, tier, time.time(), seconds, problem),
        )
        grading = int(cursor.lastrowid or 0)
        self._db.execute(
            "UPDATE submissions SET grading = ? WHERE content_hash = ? AND lesson = ?",
            (grading, task.content_hash, task.lesson),
        )
        return grading

    def _save_sections(self, grading: int, outcome: NotebookOutcome) -> None:
        self._db.executemany(
            "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)",
            [
                (grading, place, one.exercise, _clean(one.prediction), one.seconds, one.rerun)
                for place, one in enumerate(outcome.sections)
            ],
        )
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
                (
                    grading,
                    place,
                    section,
                    event.exercise,
                    event.kind,
                    _clean(event.sentence),
                    event.cell,
                    event.test,
                    event.after_hidden,
                )
                for place, (section, event) in enumerate(events)
            ],
        )

    # Decisions of people

    def add_adjustment(self, made: Adjustment) -> None:
        with self.transaction():
            self._db.execute(
                """INSERT INTO adjustments (name, exercise, points, why, who, made_at)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                msgspec.structs.astuple(made),
            )

    def policy(self) -> Policy:
        """Which attempt counts, as the latest run was told."""
        policy: Policy = msgspec.convert(self.setting("policy", "latest"), Policy)
        return policy

    def setting(self, key: str, default: str = "") -> str:
        row = self._one("SELECT value FROM settings WHERE key = ?", key)
        return default if row is None else str(row["value"])

    def set(self, key: str, value: str) -> None:
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    # Reading

    def last_run(self) -> dict[str, Any]:
        """Engine, versions and times of the latest run; empty when there is none."""
        row = self._one("SELECT * FROM runs ORDER BY id DESC LIMIT 1")
        if row is None:
            return {}
        return {**dict(row), "versions": json.loads(row["versions"])}

    def packages(self) -> dict[str, GradingPackage]:
        """The latest grading package of each lesson, as it was when it was last used."""
        rows = self._all("SELECT lesson, package FROM lessons ORDER BY rowid")
        return {
            row["lesson"]: msgspec.msgpack.decode(
                zlib.decompress(row["package"]), type=GradingPackage
            )
            for row in sorted(rows, key=lambda row: str(row["lesson"]))
        }

    def rows(self) -> list[Row]:
        """One row for each submission that counts under the policy, in the order of names."""
        outcomes = self._outcomes()
        adjustments = self._adjustments()
        exercises = {lesson: package.exercises for lesson, package in self.packages().items()}
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        records = self._all(
            """SELECT s.*, g.problem AS grading_problem, g.seconds AS seconds FROM submissions AS s
               LEFT JOIN gradings AS g ON g.id = s.grading ORDER BY name, lesson, attempt"""
        )
        for record in records:
            made = adjustments.get(record["name"], {}).values()
            # An unreadable file has no lesson: any exercise may have been marked by hand.
            known = exercises.get(record["lesson"])
            own = tuple(one for one in made if known is None or one.exercise in known)
            row = _row(record, outcomes.get(record["grading"]), own)
            # Without a lesson, attempts are not tries of one thing: each broken file is shown.
            group = record["lesson"] or f"{record['name']}/{record['attempt']}"
            groups[record["key"], group].append(row)
        policy = self.policy()
        chosen = [_choose(rows, policy) for rows in groups.values()]
        return sorted(chosen, key=lambda row: (row.submission.name, row.submission.lesson or ""))

    def _outcomes(self) -> dict[int, NotebookOutcome]:
        tests: dict[tuple[int, str], list[TestOutcome]] = defaultdict(list)
        # A test ends in few ways: each is held once, not once for each of 10,000 students.
        known: dict[TestOutcome, TestOutcome] = {}
        select = f"SELECT * FROM tests {_CURRENT} ORDER BY grading, exercise, position"
        for row in self._db.execute(select):
            outcome = TestOutcome(row["name"], row["points"], row["max_points"],
                                  bool(row["hidden"]), row["message"], row["detail"])  # fmt: skip
            tests[row["grading"], row["exercise"]].append(known.setdefault(outcome, outcome))
        events: dict[tuple[int, str | None], list[Event]] = defaultdict(list)
        for row in self._all(f"SELECT * FROM events {_CURRENT} ORDER BY grading, position"):
            event = Event(EventKind(row["kind"]), row["sentence"], row["exercise"], row["cell"],
                          row["test"], bool(row["after_hidden"]))  # fmt: skip
            events[row["grading"], row["section"]].append(event)
        sections: dict[int, list[SectionOutcome]] = defaultdict(list)
        for row in self._all(f"SELECT * FROM sections {_CURRENT} ORDER BY grading, position"):
            key = (row["grading"], row["exercise"])
            sections[row["grading"]].append(
                SectionOutcome(row["exercise"], tuple(tests[key]), tuple(events[key]),
                               row["prediction"], row["seconds"], bool(row["rerun"]))
            )  # fmt: skip
        graded = self._all(
            """SELECT g.id, g.engine, g.tier, l.lesson FROM gradings AS g
               JOIN lessons AS l ON l.digest = g.digest WHERE g.problem = ''"""
        )
        return {
            row["id"]: NotebookOutcome(
                row["lesson"], tuple(sections[row["id"]]), row["engine"], row["tier"],
                tuple(events[row["id"], None]),
            )
            for row in graded
        }  # fmt: skip

    def _adjustments(self) -> dict[str, dict[str, Adjustment]]:
        latest: dict[str, dict[str, Adjustment]] = defaultdict(dict)
        for row in self._all("SELECT * FROM adjustments ORDER BY id"):
            made = Adjustment(*(row[field] for field in Adjustment.__struct_fields__))
            latest[made.name][made.exercise] = made
        return latest


_CURRENT = "WHERE grading IN (SELECT grading FROM submissions)"
_STORED = """
    SELECT name, lesson, attempt, content_hash, run,
           MAX(attempt) OVER (PARTITION BY key, lesson) AS last_attempt
    FROM submissions WHERE content_hash IS NOT NULL
"""
_TASKS = f"SELECT * FROM ({_STORED}) WHERE run = ? ORDER BY name, lesson, attempt"


def _may_count(row: sqlite3.Row, policy: Policy) -> bool:
    if policy == "best":
        return True
    return bool(row["attempt"] == (1 if policy == "first" else row["last_attempt"]))


def _submission_values(one: Submission) -> tuple[Any, ...]:
    return (
        one.name, one.lesson or "", one.attempt, one.student, one.key, one.source, one.root,
        one.submitted_at, one.time_source, one.late, one.canvas_id, one.content_hash or None,
        one.problem,
    )  # fmt: skip


def _clean(text: str | None) -> str | None:
    """Text of a student's process, as SQLite can store it."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _row(
    record: sqlite3.Row,
    outcome: NotebookOutcome | None,
    adjustments: tuple[Adjustment, ...],
) -> Row:
    fields = {name: record[name] for name in set(record.keys()) & set(Submission.__struct_fields__)}
    fields |= {
        "lesson": record["lesson"] or None,
        "late": bool(record["late"]),
        "content_hash": record["content_hash"] or "",
    }
    problem = record["problem"] or record["grading_problem"] or ""
    if outcome is None and not problem:
        problem = "This has not been graded yet; run the same command again."
    return Row(Submission(**fields), outcome, problem, 1, record["seconds"] or 0.0, adjustments)


def _choose(rows: list[Row], policy: Policy) -> Row:
    ordered = sorted(rows, key=lambda row: row.submission.attempt)
    chosen = ordered[0 if policy == "first" else -1]
    if policy == "best":
        # The later of two equal attempts counts; one that could not be graded counts least.
        chosen = max(ordered, key=lambda row: (-1.0 if row.total is None else row.total,
                                               row.submission.attempt))  # fmt: skip
    return msgspec.structs.replace(chosen, attempts=len(ordered))
