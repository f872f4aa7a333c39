"""The tables of the gradebook, and how one of an earlier version is brought up to date."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable

import msgspec

from autograder.intake.submission import Identifier, IdentifierKind, Person

VERSION_1 = """
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
    """
VERSION_2 = """
    ALTER TABLE sections RENAME COLUMN stem TO exercise;
    ALTER TABLE tests RENAME COLUMN stem TO exercise;
    ALTER TABLE events RENAME COLUMN stem TO exercise;
    ALTER TABLE adjustments RENAME COLUMN stem TO exercise;
    """
VERSION_3 = """
    ALTER TABLE events ADD COLUMN test TEXT;
    ALTER TABLE events ADD COLUMN after_hidden INTEGER NOT NULL DEFAULT 0;
    UPDATE events SET kind = 'protocol violation' WHERE kind = 'attack';
    """
VERSION_4 = """
    CREATE TABLE people (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, identifiers TEXT NOT NULL,
        on_roster INTEGER NOT NULL, section TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, first INTEGER NOT NULL REFERENCES people,
        second INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL DEFAULT '', made_at REAL NOT NULL
    );
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, lesson TEXT NOT NULL, layout TEXT NOT NULL,
        number TEXT, source TEXT NOT NULL, root TEXT NOT NULL, submitted_at REAL,
        time_source TEXT NOT NULL, late INTEGER NOT NULL,
        content_hash TEXT REFERENCES notebooks, problem TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs,
        grading INTEGER REFERENCES gradings ON DELETE SET NULL,
        place INTEGER NOT NULL DEFAULT 0, notes TEXT NOT NULL DEFAULT '[]'
    );
    CREATE TABLE attempt_people (
        attempt INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
        person INTEGER NOT NULL REFERENCES people, PRIMARY KEY (attempt, person)
    ) WITHOUT ROWID;
    CREATE TABLE seen (
        attempt INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
        run INTEGER NOT NULL REFERENCES runs, PRIMARY KEY (attempt, run)
    ) WITHOUT ROWID;
    CREATE TABLE hand_marks (
        id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people,
        exercise TEXT NOT NULL, points REAL NOT NULL, why TEXT NOT NULL, who TEXT NOT NULL,
        made_at REAL NOT NULL, content_hash TEXT NOT NULL, code TEXT NOT NULL
    );
    CREATE INDEX attempts_by_content ON attempts (content_hash);
    CREATE INDEX attempts_by_grading ON attempts (grading);
    CREATE INDEX attempts_by_person ON attempt_people (person);
    ALTER TABLE lessons ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sections ADD COLUMN findings TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE sections ADD COLUMN behaviour TEXT NOT NULL DEFAULT '';
    ALTER TABLE sections ADD COLUMN undiagnosed TEXT NOT NULL DEFAULT '';
    """
VERSION_5 = """
    CREATE TABLE withdrawn (
        mark INTEGER PRIMARY KEY REFERENCES hand_marks, who TEXT NOT NULL, made_at REAL NOT NULL
    );
    CREATE INDEX hand_marks_by_person ON hand_marks (person, exercise);
    """
OLD_LATE_POLICY = "late policy"
STORED_CLASS = "class"
"""Settings of the class where there is no class file, as JSON."""

Execute = Callable[[sqlite3.Connection], None]


def _script(sql: str) -> Execute:
    def run(db: sqlite3.Connection) -> None:
        for statement in filter(str.strip, sql.split(";")):
            db.execute(statement)

    return run


def _to_people(db: sqlite3.Connection) -> None:
    """Version 4: names become people, adjustments hand marks, and packages have exercises."""
    _script(VERSION_4)(db)
    _move_submissions(db)
    _move_adjustments(db)
    db.execute("DROP TABLE adjustments")
    db.execute("DROP TABLE submissions")
    db.execute("UPDATE lessons SET used = rowid")
    for digest, body in db.execute("SELECT digest, package FROM lessons").fetchall():
        package = msgspec.msgpack.decode(zlib.decompress(body))
        package["exercises"] = package.pop("stems", package.get("exercises"))
        encoded = zlib.compress(msgspec.msgpack.encode(package))
        db.execute("UPDATE lessons SET package = ? WHERE digest = ?", (encoded, digest))
    _move_late_policy(db)


def _move_submissions(db: sqlite3.Connection) -> None:
    rows = db.execute("SELECT * FROM submissions ORDER BY name, lesson, attempt").fetchall()
    for row in rows:
        layout = {"gradescope": "gradescope", "canvas": "canvas"}.get(
            row["key"].partition(":")[0], "folders"
        )
        cursor = db.execute(
            """INSERT INTO attempts (name, lesson, layout, number, source, root, submitted_at,
                   time_source, late, content_hash, problem, run, grading)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (row["name"], row["lesson"], layout, None, row["source"], row["root"],
             row["submitted_at"], row["time_source"], row["late"], row["content_hash"],
             row["problem"], row["run"], row["grading"]),
        )  # fmt: skip
        db.execute("INSERT INTO seen VALUES (?, ?)", (cursor.lastrowid, row["run"]))
        for person in _people_of_key(row["key"], row["student"]):
            db.execute(
                "INSERT INTO attempt_people VALUES (?, ?)",
                (cursor.lastrowid, add_person(db, person)),
            )


def _people_of_key(key: str, student: str) -> list[Person]:
    """Who handed in, from the one key that earlier versions had for a submission."""
    source, _, value = key.partition(":")
    if source == "canvas":
        named = Identifier(IdentifierKind.NAME, student)
        return [Person((Identifier(IdentifierKind.CANVAS_ID, value), named))]
    if source != "gradescope":
        return [Person((Identifier(IdentifierKind.FOLDER, student),))]
    ids = value.split(",")
    kinds = [IdentifierKind.EMAIL if "@" in one else IdentifierKind.SID for one in ids]
    people = [(Identifier(kind, one),) for kind, one in zip(kinds, ids, strict=True)]
    if len(people) == 1:
        # Of a group, the key has the ids and the name has the names, each in its own order.
        return [Person((*people[0], Identifier(IdentifierKind.NAME, student)))]
    return [Person(identifiers) for identifiers in people]


def _move_adjustments(db: sqlite3.Connection) -> None:
    """Each belonged to a name; it was decided for the attempt that this name has last."""
    for row in db.execute("SELECT * FROM adjustments ORDER BY id").fetchall():
        attempts = db.execute(
            """SELECT a.id, a.content_hash, l.package FROM attempts AS a
               LEFT JOIN lessons AS l ON l.lesson = a.lesson WHERE a.name = ?
               ORDER BY a.id DESC""",
            (row["name"],),
        ).fetchall()
        attempt = next(
            (one for one in attempts if one["package"] and _has(one["package"], row["exercise"])),
            next((one for one in attempts if one["package"] is None), None),
        )
        if attempt is None:
            lost = Person((Identifier(IdentifierKind.FOLDER, row["name"]),))
            people, content = [add_person(db, lost)], ""
        else:
            found = db.execute(
                "SELECT person FROM attempt_people WHERE attempt = ?", (attempt["id"],)
            )
            people, content = [one["person"] for one in found], attempt["content_hash"] or ""
        for person in people:
            db.execute(
                """INSERT INTO hand_marks
                       (person, exercise, points, why, who, made_at, content_hash, code)
                   VALUES (?, ?, ?, ?, ?, ?, ?, '')""",
                (person, row["exercise"], row["points"], row["why"], row["who"], row["made_at"],
                 content),
            )  # fmt: skip


def _has(package: bytes, exercise: str) -> bool:
    decoded = msgspec.msgpack.decode(zlib.decompress(package))
    return exercise in decoded.get("stems", decoded.get("exercises", ()))


def _move_late_policy(db: sqlite3.Connection) -> None:
    """One rule for all lessons becomes the rule of each lesson that has none of its own."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (OLD_LATE_POLICY,)).fetchone()
    if row is not None and row["value"]:
        policy = msgspec.json.decode(row["value"])
        value = msgspec.json.encode({"due": {"*": policy}}).decode()
        db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (STORED_CLASS, value))
    db.execute("DELETE FROM settings WHERE key = ?", (OLD_LATE_POLICY,))


def person_key(person: Person, on_roster: bool = False) -> str:
    """What makes two tellings about a person one entry: all identifiers, as they are compared.

    A folder counts as it is written: on most systems ``ada`` and ``ADA`` can lie side by side.
    """
    folder = IdentifierKind.FOLDER
    identifiers = sorted(
        {(one.kind, one.value if one.kind == folder else one.folded) for one in person.identifiers}
    )
    return msgspec.json.encode([on_roster, identifiers]).decode()


def add_person(
    db: sqlite3.Connection, person: Person, on_roster: bool = False, section: str = ""
) -> int:
    """The id of this entry, made when there is none yet."""
    key = person_key(person, on_roster)
    row = db.execute("SELECT id FROM people WHERE key = ?", (key,)).fetchone()
    if row is not None:
        return int(row["id"])
    identifiers = msgspec.json.encode(person.identifiers).decode()
    cursor = db.execute(
        "INSERT INTO people (key, identifiers, on_roster, section) VALUES (?, ?, ?, ?)",
        (key, identifiers, on_roster, section),
    )
    return int(cursor.lastrowid or 0)


MIGRATIONS: tuple[Execute, ...] = (
    _script(VERSION_1), _script(VERSION_2), _script(VERSION_3), _to_people, _script(VERSION_5),
)  # fmt: skip


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring the tables from ``version`` up to date, each step whole or not at all."""
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
