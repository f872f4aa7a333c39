"""The files for a course's own repository: the CI workflow and the pre-commit hooks."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import yaml

from autograder.cli.main import main

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / "docs" / "course-workflow.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]


def parsed(line: str) -> tuple[str, dict[str, Any]]:
    """A command of ours as click reads it: its name and its parameters."""
    name, *arguments = shlex.split(line.partition("||")[0])[1:]
    return name, main.commands[name].make_context(name, arguments).params


def test_the_workflow_checks_the_course_and_grades_a_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "$SUBMISSIONS").mkdir()
    (job,) = WORKFLOW["jobs"].values()
    lines = "\n".join(step.get("run", "") for step in job["steps"]).splitlines()
    ours = [parsed(line) for line in lines if line.startswith("autograder ")]
    assert [name for name, _ in ours] == ["build", "check", "build", "doctor", "grade"]
    assert ours[0][1]["only_check"]
    assert not ours[2][1]["only_check"]
    assert ours[4][1]["out"] == Path("marks")
    # What a person types must reach the shell as a value, never as part of the script.
    assert "${{" not in "\n".join(lines)
    requirements = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (torch,) = [one for one in requirements if one.startswith("torch")]
    assert any(f"pip install {torch} " in line for line in lines)


def test_the_workflow_offers_a_button_with_a_folder() -> None:
    triggers = WORKFLOW[True]  # YAML reads the word `on` as true
    assert set(triggers) == {"push", "workflow_dispatch"}
    assert set(triggers["workflow_dispatch"]["inputs"]) == {"submissions"}
    assert WORKFLOW["permissions"] == {"contents": "read"}


def test_the_hook_runs_for_everything_that_students_get() -> None:
    (hook,) = [one for one in HOOKS if one["id"] == "build"]
    name, parameters = parsed(hook["entry"])
    assert name == "build"
    assert parameters["only_check"]
    for path in (ROOT / "assignments").rglob("*"):
        assert re.search(hook["files"], path.relative_to(ROOT).as_posix() + "/x")
