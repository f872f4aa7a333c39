"""A thirteenth exercise, added the way docs/authoring.md says, in a scratch copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEM = "doubling"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    for name in ("autograder", "reference", "solutions", "tests/submissions", "tests/reference"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        cwd=scratch, capture_output=True, text=True, timeout=200,
        env={**os.environ, "PYTHONPATH": str(scratch), "COLUMNS": "200"},
    )  # fmt: skip


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_new_exercise_fails_until_filled_in_and_then_passes(scratch: Path) -> None:
    made = run(scratch, "new", "5-3-3", STEM)
    assert made.returncode == 0, made.stderr
    source = scratch / "solutions/5-3-3-training-and-serving-at-scale" / f"{STEM}.py"
    bank = scratch / "tests/submissions" / STEM
    assert source.is_file()

    unfilled = run(scratch, "check", STEM)
    assert unfilled.returncode == 1
    assert "solution must earn full marks" in unfilled.stdout

    replace(source, 'raise NotImplementedError("write the solution")', "return 2 * value")
    replace(
        scratch / "reference" / f"{STEM}.py",
        'raise NotImplementedError("write the reference")',
        "return value + value",
    )
    for number, code in enumerate(
        ("2 * value", "value + value", "value * 2.0", "sum([value] * 2)")
    ):
        answer = f'"""\nstyle: {number}\n"""\n\n\ndef {STEM}(value):\n    return {code}\n'
        (bank / f"correct_{number}.py").write_text(answer)
    (bank / "correct_example.py").unlink()
    (bank / "wrong_example.py").unlink()
    for number in range(12):
        head = f"misconception: {number}\nfeedback: {number}\nfails: [test_other_numbers]"
        code = f"def {STEM}(value):\n    return 2 + {number} * (value != 1)\n"
        answer = f'"""\n{head}\n"""\n\n\n{code}'
        (bank / f"wrong_{number:02d}.py").write_text(answer)
    # 2 + 5 * 1 is not 2 * value for all hidden values; every one of the twelve is wrong somewhere.
    filled = run(scratch, "check", STEM)
    assert filled.returncode == 0, filled.stdout
    assert run(scratch, "build", "5-3-3").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("5-3-3", "rope"), "exists already"),
        (("5-3-3", "Rope2"), "lower_case"),
        (("5-3-7", "fine"), "is not one of"),
    ],
)
def test_bad_names_are_refused_and_write_nothing(scratch: Path, arguments, sentence) -> None:
    before = sorted(path.name for path in scratch.rglob("*.py"))
    answer = run(scratch, "new", *arguments)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert sorted(path.name for path in scratch.rglob("*.py")) == before
