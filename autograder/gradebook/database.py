"""The open SQLite file: transactions, settings, and errors in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from autograder.errors import GradebookError
from autograder.gradebook.schema import MIGRATIONS, migrate
from autograder.intake.items import GRADEBOOK

FILE_NAME = GRADEBOOK
State = tuple[int, int, int]
"""Changes made here, changes undone here, and SQLite's count of those made elsewhere."""


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


class Database:
    """One connection. One process writes at a time, any number read."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        self._undone = 0

    @classmethod
    def open(cls, out: Path, create: bool = False) -> Self:
        """Open the gradebook of an output folder, bringing an older one up to date.

        A copy of the older one is kept beside it, such as ``gradebook.sqlite.v1-backup``.

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
        if 0 < version < len(MIGRATIONS):
            self._keep_copy(version)
        # WAL with NORMAL: a killed process loses nothing; readers do not block the writer.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        migrate(self._db, version)
        self._db.execute("PRAGMA foreign_keys = ON")

    def _keep_copy(self, version: int) -> None:
        copy = self.path.with_name(f"{self.path.name}.v{version}-backup")
        if copy.exists():
            return
        half = copy.with_name(copy.name + ".part")
        with contextlib.closing(sqlite3.connect(half)) as target:
            self._db.backup(target)
        half.replace(copy)

    def close(self) -> None:
        """Close the connection."""
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
                self._undone += 1
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

    def setting(self, key: str, default: str = "") -> str:
        """A remembered setting, or ``default`` where none is."""
        row = self._one("SELECT value FROM settings WHERE key = ?", key)
        return default if row is None else str(row["value"])

    def set(self, key: str, value: str) -> None:
        """Remember a setting."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._db.execute(sql, values).fetchall()

    def _state(self) -> State:
        """Changes whenever the file's content may have changed, by this connection or another."""
        return self._db.total_changes, self._undone, int(self._one("PRAGMA data_version")[0])
