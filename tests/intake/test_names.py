"""Names of any bytes become readable, safe and unlike any other's; times are sane or none."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.intake import discover
from autograder.intake.names import is_released, is_work_word, readable, safe_name, short_hash
from autograder.intake.submission import IdentifierKind, key_of, person
from autograder.intake.times import otter_time, sane, stamp
from tests import fakes
from tests.intake.layouts import write_files


@pytest.mark.parametrize(
    "name",
    ["a b", "../x", "<script>", "Zoë", "", "con", "con.x", "李", ".hidden", "a/b"] + ["a" * 200],
)
def test_changed_names_carry_a_hash_and_stay_apart(name: str) -> None:
    safe = safe_name(name)
    assert safe != name
    assert safe == Path(safe).name
    assert safe.isascii()
    assert not set(safe) & set("<>\"'&/ ")
    assert safe != safe_name(name + " ")


def test_unchanged_names_are_kept() -> None:
    assert safe_name("submission_101") == "submission_101"


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_changed_name_is_never_an_unchanged_one(one: str, other: str) -> None:
    if one != other:
        assert safe_name(one) != safe_name(other)


def test_a_name_with_anothers_hash_is_not_the_other(tmp_path: Path) -> None:
    """Three folders, one name in two cases and one with the other's hash, once made two rows."""
    names = ["Ada!", "ada!", f"Ada-{short_hash('Ada!')}", f"ada-{short_hash('ada!')}", "Ada", "ada"]
    files = {f"{name}/lab.ipynb": fakes.notebook(f"pass # {name}") for name in names}
    found = discover([write_files(tmp_path / "class", files)], fakes.PACKAGES).submissions
    assert len({one.name.casefold() for one in found}) == len(names)
    assert len({one.key for one in found}) == len(names)


def test_latin_1_bytes_as_a_name_are_graded_and_shown(tmp_path: Path) -> None:
    """``m\\xfcller.ipynb`` once ended the whole run."""
    folder = os.fsencode(tmp_path / "class")
    os.mkdir(folder)
    with open(os.path.join(folder, b"m\xfcller.ipynb"), "wb") as file:
        file.write(fakes.notebook())
    with open(os.path.join(folder, b"a\nb\xff.ipynb"), "wb") as file:
        file.write(b"")
    intake = discover([tmp_path / "class"], fakes.PACKAGES)
    students = {one.student: one for one in intake.submissions}
    assert students["m\u00fcller"].lesson == "lesson-one"
    broken = students["a\N{REPLACEMENT CHARACTER}b\u00ff"]
    assert broken.problem.isprintable()
    for one in intake.submissions:
        "".join((one.student, one.source, one.key, one.name, one.problem)).encode()


def test_names_in_a_zip_without_the_utf8_flag_are_readable(tmp_path: Path) -> None:
    """Most programs write UTF-8 there and do not say so; zipfile then reads cp437."""
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for placeholder in ("Zo@@/lab.ipynb", "ben/lab.ipynb"):
            archive.writestr(placeholder, fakes.notebook(f"pass # {placeholder}"))
    path.write_bytes(path.read_bytes().replace(b"Zo@@", "Zo\u00eb".encode()))
    found = discover([path], fakes.PACKAGES).submissions
    assert {one.student for one in found} == {"Zo\u00eb", "ben"}


def test_a_name_of_255_characters_is_kept_apart(tmp_path: Path) -> None:
    names = ["n" * 248 + ".ipynb", "n" * 249 + ".ipynb"]
    files = {name: fakes.notebook(f"pass # {len(name)}") for name in names}
    found = discover([write_files(tmp_path / "class", files)], fakes.PACKAGES).submissions
    assert len({one.name for one in found}) == 2
    assert all(len(one.name) <= 100 for one in found)


@given(st.text(max_size=400))
def test_any_name_is_readable(name: str) -> None:
    shown = readable(name)
    assert shown.isprintable()
    assert len(shown) <= 4 * 300
    shown.encode()


@given(st.binary(max_size=255))
def test_any_bytes_are_readable(raw: bytes) -> None:
    assert readable(os.fsdecode(raw)).isprintable()


def test_the_key_is_the_strongest_identifier_folded() -> None:
    ada = person(name="Ada", email=" ADA@x.edu", folder="lab")
    assert key_of((ada,)) == "email:ada@x.edu"
    assert ada.identifiers[0].kind is IdentifierKind.NAME
    ben = person(sid="2")
    assert key_of((ben, ada)) == key_of((ada, ben)) == "email:ada@x.edu,sid:2"
    assert key_of((person(name="Jo\u0308rg"),)) == key_of((person(name="j\u00f6rg "),))


def test_a_folder_counts_as_it_is_written() -> None:
    """``ada`` and ``ADA`` can lie side by side; the gradebook joins them where they did not."""
    assert key_of((person(folder="ADA"),)) == "folder:ADA"


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("lab_2026_11_20T10_11_12_123456.zip", datetime(2026, 11, 20, 10, 11, 12).timestamp()),
        ("lab_9999_12_31T23_59_59.zip", None),
        ("lab_1980_01_01T00_00_00.zip", None),
        ("lab_2026_13_20T10_11_12.zip", None),
        ("lab.zip", None),
    ],
)
def test_a_time_in_a_name_is_sane_or_none(name: str, moment: float | None) -> None:
    assert otter_time(name) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 10:11:12.105020000 Z", datetime(2026, 11, 20, 10, 11, 12, 105020, UTC)),
        ("2026-11-20 10:11:12 UTC", datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)),
        ("2026-11-20T10:11:12+02:00", datetime(2026, 11, 20, 8, 11, 12, tzinfo=UTC)),
        ("2026-11-20 10:11:12.9 America/New_York", datetime(2026, 11, 20, 15, 11, 12, 900000, UTC)),
        ("9999-11-20 10:11:12 UTC", None),
        ("2026-11-20 10:11:12 Nowhere/Land", None),
        ("2026-11-20 10:11:12 ../../etc/passwd", None),
        ("2026-02-30 10:11:12", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_stamps_of_platforms(text: str, moment: datetime | None) -> None:
    assert stamp(text) == (moment.timestamp() if moment else None)


@pytest.mark.parametrize("moment", [None, 0.0, -1e20, 4e11, float("nan"), float("inf")])
def test_no_hand_in_is_from_another_century(moment: float | None) -> None:
    assert sane(moment) is None


def test_words_that_name_nobody() -> None:
    assert all(map(is_work_word, ["draft", "Lab 2", "5-3-1 moe", "final_v2", "Attempts"]))
    assert not any(map(is_work_word, ["ada", "20231234", "Group 3", "finalova", "", "12"]))


def test_a_released_name_with_what_computers_add() -> None:
    names = ["lesson-one", "Lesson-One (2)", "Copy of lesson-one", "lesson-one_2026_11_20T10_11_12"]
    assert all(is_released(name, fakes.PACKAGES) for name in names)
    assert not any(is_released(name, fakes.PACKAGES) for name in ["lesson-one-ada", "ada", "one"])
