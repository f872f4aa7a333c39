"""What keeps the project in order: the same tools on the same files everywhere, short files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("ruff check", "ruff format", "mypy", "autograder build")
TEST_FILE_LINES = 500
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def calls(text: str) -> set[str]:
    """Calls of the tools in a text, each with its arguments."""
    return set(re.findall(rf"/((?:{'|'.join(TOOLS)})[^\n]*)", text))


def test_pre_commit_checks_what_make_test_checks() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = {hook["entry"].removeprefix(".venv/bin/") for hook in repo["hooks"]}
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\nretest:")[2].partition("\n\n")[0]
    assert hooks == calls(recipe)
    assert len(hooks) == len(TOOLS)


def test_no_test_file_is_a_long_read() -> None:
    files = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if not {"attacks", "submissions"} & set(path.relative_to(ROOT).parts)
    ]
    assert len(files) > 50
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert {name: count for name, count in lines.items() if count > TEST_FILE_LINES} == {}


def test_the_lock_file_pins_all_that_the_project_asks_for_and_names_no_index() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.!]+", line)] == []
    pinned = {_plain(line.partition("==")[0]) for line in lines}
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *(one for name in extras for one in extras[name])]
    assert {_plain(re.split(r"[>=<; ]", one)[0]) for one in asked} <= pinned
    (torch,) = (one for one in asked if one.startswith("torch=="))
    assert torch in lines


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
