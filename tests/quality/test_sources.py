"""A generated page says what it was made from, and is stale as soon as that changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.course.lessons import all_exercises
from autograder.quality import tables
from autograder.quality.check import ExerciseCheck
from autograder.quality.sources import digest, digest_of_exercises, header, stamp_of
from tests import generated


def test_a_page_tells_the_digest_it_was_made_from(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(header("0123456789abcdef") + "# A page\n")
    assert stamp_of(page) == "0123456789abcdef"
    page.write_text("# A page\n\nfrom sources 0123456789abcdef\n")
    assert stamp_of(page) == ""


def test_a_digest_knows_content_names_and_no_clutter(tmp_path: Path) -> None:
    folder = tmp_path / "router"
    folder.mkdir()
    (folder / "wrong_sum.py").write_text("x = 1\n")
    seen = [digest([folder])]
    (folder / "wrong_sum.pyc").write_text("x")
    assert digest([folder]) == seen[0]
    (folder / "wrong_sum.py").write_text("x = 2\n")
    seen.append(digest([folder]))
    (folder / "wrong_sum.py").rename(folder / "wrong_total.py")
    seen.append(digest([folder]))
    (folder / "correct.py").write_text("x = 2\n")
    seen.append(digest([folder]))
    assert len(set(seen)) == 4


def test_tables_of_one_exercise_do_not_pass_for_those_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for table in ("kill_table", "calibration_table", "misconception_table"):
        monkeypatch.setattr(tables, table, lambda *_: "# A table\n")
    router = ExerciseCheck(exercise="router", runs=(), problems=())
    for path in tables.write_tables(tmp_path, [router], [], [], "# A page\n"):
        assert stamp_of(path) == digest_of_exercises(["router"])
        assert stamp_of(path) != digest_of_exercises(all_exercises())


@pytest.mark.parametrize("name", generated.CURRENT)
def test_each_page_that_is_not_from_these_sources_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page is changed where a change matters to it; the others stay as they are."""
    # That the facts are computed as the page says is for tests/test_facts.py, and takes long.
    facts = (generated.DOCS / "facts.md").read_text(encoding="utf-8")
    monkeypatch.setattr(generated, "facts_page", lambda: facts)
    for page in generated.CURRENT:
        shutil.copy(generated.DOCS / page, tmp_path)
    before = generated.out_of_date(tmp_path)
    text = (tmp_path / name).read_text()
    if "from sources" in text.partition("\n")[0]:
        (tmp_path / name).write_text(text.replace(stamp_of(tmp_path / name), "0" * 16, 1))
    else:
        (tmp_path / name).write_text(text.replace(" | ", " | changed ", 40))
    assert set(generated.out_of_date(tmp_path)) == {*before, name}
