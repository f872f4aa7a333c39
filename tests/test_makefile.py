"""`make test` twice in a row: the second time in seconds, and never a pass that was not earned."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOL = """#!/bin/sh
echo "$(basename $0) $*" >> calls
test "$(basename $0)" != pytest || test ! -e broken
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a git checkout with this Makefile and tools that only note that they were called."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/install-chromium.sh").touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "requirements.lock").touch()
    (tmp_path / ".gitignore").write_text(".venv\ncalls\n")
    for name in ("python", "ruff", "mypy", "autograder", "pytest"):
        (tmp_path / ".venv/bin" / name).write_text(TOOL)
        (tmp_path / ".venv/bin" / name).chmod(0o755)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def make(checkout: Path, target: str, **changes: str) -> tuple[str, bool]:
    """Return all calls of tools so far, one per line, and whether make succeeded."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | changes
    done = subprocess.run(
        ["make", target], cwd=checkout, env=environment, capture_output=True, text=True
    )
    return (checkout / "calls").read_text(), done.returncode == 0


def suite_runs(checkout: Path) -> tuple[int, bool]:
    """Call `make test`; return how often pytest has run so far and whether make succeeded."""
    calls, succeeded = make(checkout, "test")
    return sum(call.startswith("pytest") for call in calls.splitlines()), succeeded


def test_everything_is_installed_under_the_constraints_of_the_lock_file(checkout: Path) -> None:
    calls, _ = make(checkout, "test")
    installs = [call for call in calls.splitlines() if "pip install" in call]
    assert [call for call in installs if "--constraint requirements.lock" not in call] == [
        "python -m pip install --quiet --upgrade pip"
    ]
    assert any("--editable .[test,dask,bench]" in call for call in installs)


def test_a_renewed_lock_file_is_installed(checkout: Path) -> None:
    before, _ = make(checkout, "test")
    later = time.time() + 10
    os.utime(checkout / "requirements.lock", (later, later))
    after, _ = make(checkout, "test")
    assert "--constraint requirements.lock" in after.removeprefix(before)


def test_ci_measures_coverage_and_others_need_not_wait_for_it(checkout: Path) -> None:
    calls, _ = make(checkout, "retest")
    assert "--cov" not in calls
    calls, _ = make(checkout, "retest", CI="true")
    assert "--cov" in calls


def test_make_docs_makes_every_page_and_the_suite_begins_with_their_check(checkout: Path) -> None:
    calls, _ = make(checkout, "docs")
    for made_by in ("tests.facts", "tests.hostile", "tests.reference.collapse_table", "check"):
        assert f" {made_by}" in calls
    calls, _ = make(checkout, "retest")
    lines = [line.split(" -n ")[0] for line in calls.splitlines()]
    assert lines.index("python -m tests.generated") < lines.index("pytest")


def test_an_unchanged_checkout_is_not_tested_twice(checkout: Path) -> None:
    assert suite_runs(checkout) == (1, True)
    assert suite_runs(checkout) == (1, True)


def test_a_new_or_changed_file_is_tested(checkout: Path) -> None:
    suite_runs(checkout)
    (checkout / "new file.py").write_text("1\n")
    assert suite_runs(checkout) == (2, True)
    (checkout / "new file.py").write_text("2\n")
    assert suite_runs(checkout) == (3, True)


def test_a_failure_is_tested_again(checkout: Path) -> None:
    (checkout / "broken").touch()
    assert suite_runs(checkout) == (1, False)
    assert suite_runs(checkout) == (2, False)


def test_without_git_the_suite_always_runs(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    assert suite_runs(checkout) == (1, True)
    time.sleep(1.1)  # the name of such a run is its second
    assert suite_runs(checkout) == (2, True)
