"""A gradebook that the released version made is opened, migrated and exported alike.

``gradebook-v1.sqlite`` was written by version 0.1 (commit a8fc787) from a plain folder, a Canvas
download and a Gradescope export with a group, with two adjustments and a late rule.
"""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
from pathlib import Path

import pytest

from autograder.gradebook.store import FILE_NAME, Gradebook
from autograder.outputs.export import export
from autograder.outputs.publish import publish
from tests import fakes
from tests.gradebook.builder import STRICTER, regrade_with

RELEASED = Path(__file__).parent / "gradebook-v1.sqlite"
FINALS = {
    "adamsalice_77_900_work": "20",
    "ann": "20",
    "bakerbob_LATE_78_901_work": "8",
    "ben": "13.5",
    "cem": "20",
    "eve": "3",
    "submission_101": "10",
    "submission_102": "3.6",
}
"""As the released version exported them."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    shutil.copy(RELEASED, tmp_path / FILE_NAME)
    return tmp_path


def test_every_final_mark_is_as_before(out: Path) -> None:
    text = export(out, "csv").paths[0].read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert {
        line["submission"]: line["final"] for line in table if "-" not in line["submission"]
    } | {
        "submission_101": next(line["final"] for line in table if "cleo" in line["email"])
    } == FINALS
    group = [line for line in table if line["submission"].startswith("submission_101-")]
    assert [line["email"] for line in group] == ["cleo@uni.edu", "dan@uni.edu"]
    why = {line["submission"]: line["why"] for line in table}
    assert "router: The idea is right. (Prof. X)" in why["ben"]
    assert "1 day late at 10% each, 0.4 points taken off" in why["submission_102"]


def test_a_copy_is_kept_beside_it_and_made_once(out: Path) -> None:
    before = (out / FILE_NAME).read_bytes()
    Gradebook.open(out).close()
    copy = out / f"{FILE_NAME}.v1-backup"
    with sqlite3.connect(copy) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert database.execute("SELECT COUNT(*) FROM adjustments").fetchone() == (2,)
    assert len(copy.read_bytes()) == len(before)
    Gradebook.open(out).close()
    assert sorted(path.name for path in out.glob("*backup*")) == [copy.name]


def test_packages_notebooks_and_people_come_along(out: Path) -> None:
    with Gradebook.open(out) as book:
        assert book.packages() == fakes.PACKAGES
        (fred,) = (one for one in book.matching().students if one.name == "Fred Zorn")
        assert [(one.kind, one.value) for one in fred.identifiers] == [
            ("email", "fz@uni.edu"), ("name", "Fred Zorn"),
        ]  # fmt: skip
        row = next(row for row in book.rows() if row.submission.name == "ben")
        assert b"fail # ben" in book.notebook(row.submission.content_hash)
        assert book._db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert book._one("PRAGMA integrity_check")[0] == "ok"


def test_pages_and_a_regrade_work_on_it(out: Path) -> None:
    publish(out)
    assert (out / "report.html").is_file()
    result = regrade_with(out, STRICTER, apply=True)
    # Everybody who was graded passed the shape test, once for each exercise.
    assert len(result.moves) == 8
    assert result.moves[0].before == 20
    assert result.moves[0].after == 14


def test_a_migration_that_fails_leaves_the_gradebook_as_it_was(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr("autograder.gradebook.schema._move_late_policy", fail)
    with pytest.raises(RuntimeError, match="cut off"):
        Gradebook.open(out)
    monkeypatch.undo()
    assert len(export(out, "csv").paths) == 1
