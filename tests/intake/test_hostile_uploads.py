"""Hostile files through intake and grading: one sentence each, and nobody else is hurt.

Files are made here, in memory or on the spot; nothing large or dangerous is stored. The engine is
the tests' fake one: what student code does is the business of test_attacks.py.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import stat
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.grade import ClassResult, Options, grade_class
from autograder.intake import discover
from autograder.outputs.publish import publish
from tests import fakes

LESSON = "lesson-one"
TRACE = "attack-was-here"
MIB = 2**20


class Boom:
    """Leaves a trace where it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder / TRACE),)


def zipped(members: dict[str, bytes], mode: int = 0o100644, level: int | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def zip_slip() -> bytes:
    return zipped({f"../../{TRACE}.ipynb": fakes.notebook(), f"/tmp/{TRACE}.ipynb": b"{}"})


def backslash_slip() -> bytes:
    return zipped({f"..\\..\\{TRACE}.ipynb": fakes.notebook(), f"C:\\{TRACE}.ipynb": b"{}"})


def symlink_member() -> bytes:
    return zipped({"answer.ipynb": b"/etc/passwd"}, stat.S_IFLNK | 0o777)


def zip_bomb() -> bytes:
    """129 MiB of spaces in 128 KiB."""
    return zipped({"answer.ipynb": b" " * (129 * MIB)}, level=9)


def lying_zip_bomb() -> bytes:
    """The same, with a header that claims one byte."""
    bomb = zip_bomb()
    return bomb.replace(struct.pack("<I", 129 * MIB), struct.pack("<I", 1))


def nested_zip() -> bytes:
    inner = zipped({"answer.ipynb": fakes.notebook()})
    for _ in range(30):
        inner = zipped({"deeper.zip": inner})
    return inner


def many_members() -> bytes:
    return zipped({f"{number}.ipynb": b"{}" for number in range(5_000)})


def encrypted() -> bytes:
    content = bytearray(zipped({"answer.ipynb": fakes.notebook()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def million_cells() -> bytes:
    cell = b'{"cell_type":"raw","source":"","metadata":{}}'
    return b'{"nbformat":4,"cells":[' + b",".join([cell] * 600_000) + b"]}"


def deep_json() -> bytes:
    return b'{"nbformat":4,"cells":' + b"[" * 200_000 + b"]" * 200_000 + b"}"


def deep_metadata() -> bytes:
    deep = '{"a":' * 400 + "1" + "}" * 400
    return fakes.notebook().replace(
        b'"metadata": {"lesson"', b'"metadata": {"deep": %s, "lesson"' % deep.encode()
    )


def nan_number() -> bytes:
    return b'{"nbformat":4,"cells":[],"metadata":{"score":NaN}}'


def huge_number() -> bytes:
    return b'{"nbformat":4,"cells":[],"metadata":{"score":1' + b"0" * 2_000_000 + b"}}"


def invalid_utf8() -> bytes:
    return fakes.notebook().replace(b"pass", b"\xff\xfe\xed\xa0\x80")


def polyglot() -> bytes:
    """A zip archive with a notebook in front, and the other way round."""
    return fakes.notebook() + zipped({"answer.ipynb": fakes.notebook("fail")})


UNREADABLE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "slip": (zip_slip, "zip", "is an archive without a notebook"),
    "backslash": (backslash_slip, "zip", "is an archive without a notebook"),
    "symlink": (symlink_member, "zip", "is an archive without a notebook"),
    "bomb": (zip_bomb, "zip", "unpacks to more than 128 MiB"),
    "lying-bomb": (lying_zip_bomb, "zip", "damaged inside its archive"),
    "nested": (nested_zip, "zip", "is an archive without a notebook"),
    "members": (many_members, "zip", "is an archive of 5,000 files; the limit is 2,000"),
    "encrypted": (encrypted, "zip", "is encrypted"),
    "cells": (million_cells, "ipynb", "has 600,000 cells; the limit is 2,000"),
    "deep": (deep_json, "ipynb", "is nested too deeply to be a notebook"),
    "deep-metadata": (deep_metadata, "ipynb", "is nested too deeply to be a notebook"),
    "nan": (nan_number, "ipynb", "was not recognised"),
    "huge-number": (huge_number, "ipynb", ""),
    "utf8": (invalid_utf8, "ipynb", "is not UTF-8 text"),
    "polyglot": (polyglot, "ipynb", "is not UTF-8 text"),
    "html": (lambda: b"<script>alert(1)</script>", "ipynb", "its content is not JSON"),
    "pickle": (lambda: pickle.dumps({"cells": []}), "ipynb", ""),
    "empty": (lambda: b"", "ipynb", "is an empty file"),
}


def grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassResult:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    return grade_class(
        [tmp_path / "class"],
        tmp_path / "out",
        fakes.PACKAGES,
        Options(engine=fakes.ENGINE, jobs=1, deadline_seconds=20),
    )


def check_sentence(problem: str) -> None:
    assert 10 < len(problem) < 400
    assert problem.isprintable()
    assert problem.endswith(".")
    assert "Traceback" not in problem


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """A class folder with two honest students in it."""
    return fakes.write_class(tmp_path / "class", {"ada": "pass", "grace": "fail"})


def check_honest(result: ClassResult) -> None:
    totals = {row.submission.student: row.total for row in result.rows}
    assert totals["ada"] == 20
    assert totals["grace"] == 8


def test_every_unreadable_file_gets_a_sentence_and_hurts_nobody(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, (make, suffix, _) in UNREADABLE.items():
        (honest / f"{name}.{suffix}").write_bytes(make())
    before = set(tmp_path.parent.rglob(f"*{TRACE}*"))
    result = grade(tmp_path, monkeypatch)
    problems = {row.submission.student: row.problem for row in result.rows}
    for name, (_, _, phrase) in UNREADABLE.items():
        assert phrase in problems[name], f"{name}: {problems[name]}"
        check_sentence(problems[name])
    check_honest(result)
    assert result.exit_code == 1
    assert set(tmp_path.parent.rglob(f"*{TRACE}*")) == before
    assert not Path(f"/tmp/{TRACE}.ipynb").exists()


@pytest.mark.long
def test_unreadable_files_take_less_than_a_minute(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.monotonic()
    test_every_unreadable_file_gets_a_sentence_and_hurts_nobody(honest, tmp_path, monkeypatch)
    assert time.monotonic() - started < 60


def test_a_string_of_300_mb_is_not_read(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (honest / "huge.ipynb").open("wb") as file:
        file.write(b'{"nbformat":4,"metadata":{},"cells":[{"cell_type":"raw","source":"')
        file.seek(300 * MIB)
        file.write(b'"}]}')
    tracemalloc.start()
    try:
        result = grade(tmp_path, monkeypatch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (problem,) = [row.problem for row in result.rows if row.submission.student == "huge"]
    assert problem == "huge.ipynb is larger than 128 MiB."
    assert peak < 120 * MIB
    check_honest(result)


def test_a_notebook_of_30_mb_in_one_cell_is_graded_like_any_other(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"cell_type": "markdown", "source": "x" * (30 * MIB), "metadata": {}, "id": "big"}
    (honest / "long.ipynb").write_bytes(fakes.notebook("pass", cells=[extra]))
    result = grade(tmp_path, monkeypatch)
    check_honest(result)
    assert {row.submission.student: row.total for row in result.rows}["long"] == 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * MIB  # KiB: 4 GiB


def test_no_pickle_is_ever_loaded(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = pickle.dumps([Boom(tmp_path)])
    inside = {
        "answer.ipynb": fakes.notebook("pass # in a zip"),
        ".OTTER_LOG": bomb,
        "answer.pkl": bomb,
        "answer.zip": bomb,
    }
    (honest / "logged.zip").write_bytes(zipped(inside))
    (honest / ".OTTER_LOG").write_bytes(bomb)
    notebook = json.loads(fakes.notebook("pass # in outputs"))
    payload = {"application/octet-stream": bomb.hex(), "application/x-python-pickle": bomb.hex()}
    output = {"output_type": "display_data", "data": payload, "metadata": {"pickle": bomb.hex()}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output]
    notebook["metadata"]["otter"] = {"OTTER_CONFIG": bomb.hex(), "log": bomb.hex()}
    (honest / "outputs.ipynb").write_text(json.dumps(notebook))
    result = grade(tmp_path, monkeypatch)
    publish(tmp_path / "out")
    check_honest(result)
    totals = {row.submission.student: row.total for row in result.rows}
    assert totals["logged"] == totals["outputs"] == 20
    assert not (tmp_path / TRACE).exists()


NAMES = (
    "<script>window.pwnedByStudent=1<\N{DIVISION SLASH}script>",
    '"><img src=x onerror=pwned>',
    "line\nbreak\ttab\x1b[2Jclear",
    "right\N{RIGHT-TO-LEFT OVERRIDE}gnp.py",
    "zero\N{ZERO WIDTH SPACE}width",
    "=HYPERLINK(1)",
    "dots..",
    "con",
    "n" * 240,
    "\N{GREEK SMALL LETTER ALPHA}",
    "%2e%2e%2fgrades",
    "a;rm -rf x",
)


def test_names_are_made_safe_and_everybody_keeps_a_row(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(NAMES):
        (honest / f"{name}.ipynb").write_bytes(fakes.notebook(f"pass # {number}"))
    result = grade(tmp_path, monkeypatch)
    publish(tmp_path / "out")
    assert len({row.submission.name for row in result.rows}) == len(NAMES) + 2
    for row in result.rows:
        assert row.total is not None, row.problem
        assert row.submission.name.isascii()
        assert not set(row.submission.name) & set("/\\<>\"'&\n\x1b %;="), row.submission.name
        assert row.submission.student.isprintable()
        assert len(row.submission.name) <= 100
    check_honest(result)
    check_pages(tmp_path / "out")


def check_pages(out: Path) -> None:
    allowed = {"gradebook.sqlite", "grades.csv", "report.html", "results", "feedback", ".lock"}
    assert {path.name for path in out.iterdir()} <= allowed | {"gradebook.sqlite-wal"}
    for page in out.rglob("*.html"):
        text = page.read_text()
        assert "<script>window.pwnedByStudent" not in text
        assert "<img src=x" not in text
    assert not any(cell.startswith("=") for cell in (out / "grades.csv").read_text().split(","))


def test_two_students_whose_names_become_equal_keep_their_own_marks(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = {"J\N{LATIN SMALL LETTER O WITH DIAERESIS}rg": "pass", "Jo\u0308rg ": "fail"}
    pairs |= {"ada!": "fail", "ada?": "fail", "ADA": "fail"}
    for name, command in pairs.items():
        (honest / f"{name}.ipynb").write_bytes(fakes.notebook(f"{command} # {name!a}"))
    result = grade(tmp_path, monkeypatch)
    rows = {row.submission.source: row for row in result.rows}
    assert len({row.submission.name.casefold() for row in result.rows}) == len(pairs) + 2
    for name, command in pairs.items():
        assert rows[f"{name}.ipynb"].total == (20 if command == "pass" else 8), name
    assert rows["ada.ipynb"].total == 20


def test_member_names_with_separators_stay_names(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {"a/b/../c.ipynb": fakes.notebook("fail # up"), "d\\e.ipynb": fakes.notebook()}
    (honest / "paths.zip").write_bytes(zipped(members))
    result = grade(tmp_path, monkeypatch)
    check_honest(result)
    assert {row.submission.student: row.total for row in result.rows}["paths"] == 20


def test_links_pipes_and_devices_in_a_class_folder_are_named_and_not_opened(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.ipynb").write_bytes(fakes.notebook("pass # secret"))
    (honest / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (honest / "folder").symlink_to(tmp_path)
    os.mkfifo(honest / "pipe.ipynb")
    (honest / "loop").symlink_to(honest)
    result = grade(tmp_path, monkeypatch)
    check_honest(result)
    for row in result.rows:
        if row.submission.student not in ("ada", "grace"):
            assert row.outcome is None
            check_sentence(row.problem)


LISTED = "{}:\n  :submitters:\n  - :name: Ada\n    :email: ada@example.org\n"
FORGED = LISTED.format("ada").encode()
CLASSES = {
    "folders": {"ada/a.ipynb": b"", "ben/a.ipynb": b"", "mallory/a.ipynb": b""},
    "export": {
        "submission_metadata.yml": LISTED.format("submission_1").encode(),
        "submission_1/a.ipynb": b"",
        "mallory/a.ipynb": b"",
    },
}


@pytest.mark.parametrize("top", ["", "one-export/"])
@pytest.mark.parametrize("forged", [FORGED, b"{", b"a: &a [x]\nb: [*a, *a]"])
@pytest.mark.parametrize("kind", CLASSES)
def test_a_students_own_list_of_submissions_decides_nothing(
    kind: str, forged: bytes, top: str, tmp_path: Path
) -> None:
    """One student's ``submission_metadata.yml`` once turned the whole class into an export."""
    files = {**CLASSES[kind], "mallory/submission_metadata.yml": forged}
    for number, (name, content) in enumerate(files.items()):
        path = tmp_path / "class" / top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content or fakes.notebook(f"pass # {number}"))
    found = discover([tmp_path / "class" / (top if kind == "folders" else "")], fakes.PACKAGES)
    wanted = {"folders": ["ada", "ben", "mallory"], "export": ["Ada", "mallory"]}[kind]
    assert sorted(one.student for one in found.submissions) == sorted(wanted)
    assert not any(one.problem for one in found.submissions)


def test_a_name_of_endless_digits_costs_nobody_anything(tmp_path: Path) -> None:
    """Python's int() refuses so many; attempts were once put in order by it."""
    digits = ["9" * 5_000, "10" + "0" * 5_000]
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "a.ipynb").write_bytes(fakes.notebook("pass"))
    (tmp_path / "eve").mkdir()
    with zipfile.ZipFile(tmp_path / "eve" / "work.zip", "w") as archive:
        for number, name in enumerate(digits):
            archive.writestr(f"{name}.ipynb", fakes.notebook(f"pass # {number}"))
    found = discover([tmp_path], fakes.PACKAGES).submissions
    assert len(found) == 3
    assert not any(one.problem for one in found)
