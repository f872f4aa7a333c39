"""Every attack of tests/attacks_on_the_class: the honest keep everything, the attacker is told.

The class is graded, published and exported by the code that the commands use. Only the engine is
the tests' fake one: what a student's code does when it runs is the business of tests/attacks.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.errors import GradebookError
from tests import class_attacks, fakes
from tests.class_attacks import (
    BUILDERS,
    KINDS,
    MALLORY,
    NAMES,
    ClassAttack,
    Told,
    desk_pages,
    formulas,
    portrait,
    read_class_attack,
    run_class,
    running,
    write_class,
)
from tests.intake.layouts import zipped

OURS = {"gradebook.sqlite", "grades.csv", "report.html", "results", "feedback", "export", ".lock"}


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the honest have where nobody attacks, by layout."""
    found = {}
    for layout in BUILDERS:
        folder = tmp_path_factory.mktemp(layout)
        told = run_class(write_class(folder, None, layout), folder / "out")
        assert [row.total for row in told.honest_rows(layout)] == [20, 8]
        found[layout] = portrait(told, layout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_honest_keep_everything_and_the_attacker_is_told(
    name: str, unharmed: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    attack = read_class_attack(name)
    before = set(os.listdir(tmp_path.parent))
    told = run_class(write_class(tmp_path, attack, attack.layout), tmp_path / "out")
    check_honest(told, unharmed[attack.layout], attack)
    check_attacker(told, attack)
    check_outputs(told)
    check_desk(told, attack.layout)
    attack.check(told)
    assert told.seconds < attack.seconds
    assert told.mebibytes is None or told.mebibytes < attack.mebibytes
    assert set(os.listdir(tmp_path.parent)) == before


DROPPED = "^1 submissions graded before are not .*: (.allory.*|submission_70000)[.]"
LATER = [name for name in NAMES if name.startswith(("identity", "archive_s", "name_of_a_f"))]


@pytest.fixture(scope="module")
def unharmed_twice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the honest have where the same class is graded again; the roster is known by then."""
    found = {}
    for layout in BUILDERS:
        folder = tmp_path_factory.mktemp(f"{layout}-twice")
        path = write_class(folder, None, layout)
        run_class(path, folder / "out")
        found[layout] = portrait(run_class(path, folder / "out"), layout)
    return found


@pytest.mark.parametrize("name", LATER)
def test_an_attack_in_a_later_week_changes_nobody_and_drops_nobody(
    name: str, unharmed_twice: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """The attacker hands in like anybody first, and the class is graded twice."""
    attack = read_class_attack(name)
    path = write_class(tmp_path, None, attack.layout)
    run_class(path, tmp_path / "out")
    shutil.rmtree(path)
    write_class(tmp_path, attack, attack.layout)
    if attack.student != MALLORY or name == "name_of_a_folder_without_work":
        # Somebody graded before is gone, or under another name: a person must look.
        with pytest.raises(GradebookError, match=DROPPED):
            run_class(path, tmp_path / "out")
    else:
        check_honest(run_class(path, tmp_path / "out"), unharmed_twice[attack.layout], attack)


def check_honest(told: Told, wanted: dict[str, Any], attack: ClassAttack) -> None:
    """Nothing is changed."""
    own = portrait(told, attack.layout)
    assert own.keys() == wanted.keys()
    for part, value in wanted.items():
        kept = own[part]
        if part in told.tables and part != "roster":
            # A second line about one of them can only be a namesake's.
            kept = [line for line in kept if line in value]
        if part == "roster" and attack.fits:
            value = [line for line in value if attack.fits not in line[0]]
            assert any(attack.fits in remark for remark in told.remarks), told.remarks
        assert kept == value, f"{attack.name} changed the honest's {part}"


def check_attacker(told: Told, attack: ClassAttack) -> None:
    """Nobody goes missing in silence; what went wrong is one plain sentence."""
    rows = told.other_rows(attack.layout)
    assert rows or attack.said, "the attacker has no row"
    assert {row.total for row in rows if row.outcome} <= {attack.total}
    said = [row.problem for row in rows if row.problem]
    for sentence in said:
        assert 10 < len(sentence) < 500
        assert sentence.isprintable()
        assert sentence.endswith(".")
        assert "Traceback" not in sentence
    said += [*told.intake.remarks, *(reason for _, reason in told.intake.passed_over)]
    assert any(attack.said in sentence for sentence in said) or not attack.said, said
    assert attack.said or not any(row.problem for row in rows)


def check_outputs(told: Told) -> None:
    assert {path.name for path in told.out.iterdir()} <= OURS | {"gradebook.sqlite-wal"}
    assert not formulas(told)
    assert all(text.isprintable() for text in told.intake.remarks)
    for path in told.out.rglob("*"):
        assert path.resolve().is_relative_to(told.out.resolve())
        if path.suffix == ".html":
            page = path.read_text("utf-8")
            assert page.rstrip().endswith("</html>")
            assert not running(page), path.name
        elif path.suffix == ".json":
            json.loads(path.read_text("utf-8"))


def check_desk(told: Told, layout: str) -> None:
    """Every view of the desk comes out, the honest among them, and nothing acts in any."""
    pages = desk_pages(told.out)
    for path, page in pages.items():
        assert page.rstrip().endswith("</html>"), path
        assert not running(page), path
    for row in told.honest_rows(layout):
        page = pages[f"/student/{row.student.id}"]
        assert html.escape(row.submission.source) in page
        assert f": {row.total:g} of 20</h2>" in page


NAMES_OF_FILES = st.text(
    st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=60
).filter(lambda name: len(name.encode()) < 200 and name not in (".", ".."))
BYTES = st.one_of(
    st.binary(max_size=80),
    st.just(fakes.notebook("pass # anybody")),
    st.just(b"submission_1:\n  :submitters:\n  - :name: Ada Lovelace\n"),
    st.dictionaries(NAMES_OF_FILES, st.binary(max_size=40), max_size=3).map(zipped),
)
UPLOADS = st.dictionaries(
    NAMES_OF_FILES | st.sampled_from(["lab.ipynb", "work.zip", "submission_metadata.yml", "text"]),
    BYTES,
    max_size=4,
)


def check_any_upload(
    layout: str, files: dict[str, bytes], unharmed: dict[str, dict[str, Any]]
) -> None:
    attack = replace(
        read_class_attack("identity_others_notebook"), layout=layout, upload=lambda: files
    )
    with tempfile.TemporaryDirectory() as folder:
        told = run_class(write_class(Path(folder), attack, layout), Path(folder) / "out")
        check_honest(told, unharmed[layout], attack)
        check_outputs(told)


quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.sampled_from(["folders", "gradescope", "canvas", "moodle"]), UPLOADS)
def test_whatever_somebody_uploads_the_honest_keep_everything(
    unharmed: dict[str, dict[str, Any]], layout: str, files: dict[str, bytes]
) -> None:
    check_any_upload(layout, files, unharmed)


@pytest.mark.long
@settings(quick, max_examples=800)
@given(st.sampled_from(sorted(set(BUILDERS) - {"files"})), UPLOADS)
def test_whatever_somebody_uploads_for_minutes(
    unharmed: dict[str, dict[str, Any]], layout: str, files: dict[str, bytes]
) -> None:
    check_any_upload(layout, files, unharmed)


def test_each_attack_has_an_intent_of_its_own_and_a_group() -> None:
    attacks = [read_class_attack(name) for name in NAMES]
    assert len(attacks) >= 50
    assert {attack.kind for attack in attacks} == set(KINDS)
    assert len({attack.intent for attack in attacks}) == len(attacks)
    assert all(attack.outcome.endswith(".") for attack in attacks)
    assert class_attacks.class_table().count("` |") == len(attacks)
