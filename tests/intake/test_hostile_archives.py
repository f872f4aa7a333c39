"""Archives made to end a class, to fill its memory or to take its day: one sentence each."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.intake import Intake, discover, opening
from autograder.intake.guard import MAX_FILES, MIB
from autograder.intake.notebook import read_notebook
from tests import fakes
from tests.intake.layouts import write_files, zipped


def packed(kind: int, content: bytes, name: str = "lab.ipynb") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def bzip2() -> bytes:
    """A few hundred bytes that unpack to 64 MiB in one step; more would be as cheap to make."""
    return packed(zipfile.ZIP_BZIP2, b" " * (64 * MIB))


def damaged_lzma() -> bytes:
    content = packed(zipfile.ZIP_LZMA, fakes.notebook())
    return content[:45] + b"\xff" * 20 + content[65:]


def damaged_deflate() -> bytes:
    content = packed(zipfile.ZIP_DEFLATED, fakes.notebook())
    return content[:60] + b"\xff" * 40 + content[100:]


def empty_name() -> bytes:
    return packed(zipfile.ZIP_STORED, fakes.notebook(), "X").replace(b"X", b"\0")


def far_offset() -> bytes:
    """The table of contents says that the member lies beyond the end."""
    content = bytearray(packed(zipfile.ZIP_STORED, fakes.notebook()))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 42 : entry + 46] = struct.pack("<I", 0xFFFFFF00)
    return bytes(content)


def strange_extra() -> bytes:
    """A zip64 field that ends too early."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("lab.ipynb")
        info.extra = b"\x02\x00\x08\x00" + b"\x00" * 8
        archive.writestr(info, fakes.notebook())
    content = buffer.getvalue().replace(b"\x02\x00\x08\x00", b"\x01\x00\x02\x00")
    entry = content.rindex(b"PK\x01\x02")
    return content[: entry + 24] + b"\xff" * 4 + content[entry + 28 :]


def many_entries() -> bytes:
    """A table of contents of 100,000 entries, which zipfile would make objects of."""
    one = packed(zipfile.ZIP_STORED, b"")
    entry = one[one.index(b"PK\x01\x02") : one.index(b"PK\x05\x06")]
    table = entry * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(table), 39, 0)
    return one[:39] + table + end


def sum_of_bombs() -> bytes:
    """Each is under the limit for one file: six at 60 MiB."""
    bomb = b'{"nbformat": 4, "cells": [' + b" " * (60 * MIB) + b"]}"
    return zipped({f"{n}.ipynb": bomb for n in range(6)})


def many_notebooks() -> bytes:
    return zipped({f"{n}.ipynb": b'{"nbformat": 4}' for n in range(1_900)})


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "bzip2": (bzip2, "is packed in a way that is not read here; pack it as a plain zip"),
    "lzma": (damaged_lzma, "is packed in a way that is not read here"),
    "deflate": (damaged_deflate, "is damaged inside its archive"),
    "empty-name": (empty_name, "is an archive without a notebook"),
    "far-offset": (far_offset, "is damaged inside its archive"),
    "strange-extra": (strange_extra, "is a damaged zip archive"),
    "many-entries": (many_entries, "is an archive of more than 20,000 files"),
    "sum": (sum_of_bombs, "unpacks to more than 256 MiB in all"),
    "many-notebooks": (many_notebooks, f"was not opened: {MAX_FILES} files"),
}


def class_with(folder: Path, name: str, content: bytes) -> Intake:
    """The honest two, who keep their own, and one more, after intake."""
    files = {f"{who}/lab.ipynb": fakes.notebook(f"pass # {who}") for who in ("ada", "ben")}
    path = write_files(folder, files | {f"mallory/{name}": content})
    intake = discover([path], fakes.PACKAGES)
    for who in ("ada", "ben"):
        own = [one.lesson for one in intake.submissions if one.student == who]
        assert own == ["lesson-one"]
    return intake


def problems_of(intake: Intake) -> list[str]:
    return [one.problem for one in intake.submissions if one.student == "mallory"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_archive_costs_its_own_submission_and_little_time(attack: str, tmp_path: Path) -> None:
    make, phrase = ATTACKS[attack]
    content = make()
    started = time.process_time()
    intake = class_with(tmp_path / "class", "work.zip", content)
    assert time.process_time() - started < 8
    problems = problems_of(intake)
    assert 0 < len(problems) <= opening.MAX_PROBLEMS
    if attack in ("sum", "many-notebooks"):
        problems += [reason for _, reason in intake.passed_over]
    assert any(phrase in problem for problem in problems), problems
    assert all(problem.isprintable() for problem in problems)


@pytest.mark.parametrize("attack", ["bzip2", "sum", "many-entries"])
def test_an_archive_costs_little_memory(attack: str, tmp_path: Path) -> None:
    content = ATTACKS[attack][0]()
    tracemalloc.start()
    try:
        class_with(tmp_path / "class", "work.zip", content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300 * MIB


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("deep"), ZeroDivisionError("x")])
def test_any_error_while_reading_is_a_sentence(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(raw: bytes) -> None:
        if b"mallory" in raw:
            raise error
        return original(raw)  # type: ignore[return-value]

    original = read_notebook
    monkeypatch.setattr(opening, "read_notebook", fail)
    intake = class_with(tmp_path / "class", "lab.ipynb", fakes.notebook("pass # mallory"))
    (problem,) = problems_of(intake)
    assert problem.startswith("mallory/lab.ipynb ")
    assert "memory" in problem or "damaged" in problem


def test_a_fault_of_ours_while_keeping_a_notebook_is_not_the_students(tmp_path: Path) -> None:
    def keep(digest: str, raw: bytes) -> None:
        raise OSError("disk full")

    path = write_files(tmp_path / "class", {"ada.ipynb": fakes.notebook()})
    with pytest.raises(OSError, match="disk full"):
        discover([path], fakes.PACKAGES, keep)


@pytest.mark.parametrize(
    "name",
    [
        "_1" * 120,
        "a_" * 120,
        "anon_" + "a" * 240,
        "1-1 - " + " - " * 80,
        "x_attempt_" * 24,
        "Copy of " * 30,
        "(1)" * 80,
        "2026_11_20T10_11_12" * 13,
        "5-3-" * 60,
    ],
)
def test_no_name_takes_long(name: str, tmp_path: Path) -> None:
    """Backtracking patterns once took eight seconds for one name."""
    files = {f"{name}{number}.ipynb": b"" for number in range(5)}
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(files | {f"{name * 100}.ipynb": b"", f"{name * 100}/a.ipynb": b""}))
    started = time.process_time()
    discover([path], fakes.PACKAGES)
    assert time.process_time() - started < 1
