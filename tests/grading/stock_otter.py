"""Stock otter beside our engine: what both say of one notebook, test by test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.intake.notebook import read_notebook
from autograder.sandbox import SandboxEngine
from tests.stock import stock_zip

OTTER = """
import json, sys
from otter.api import grade_submission
results = grade_submission(sys.argv[1], ag_path=sys.argv[2], quiet=True)
print("SCORES" + json.dumps({
    f"{exercise}: {case.test_case.name}": bool(case.passed)
    for exercise, file in ((name, results.results[name]) for name in results.results)
    for case in file.test_case_results
}))
"""
"""Run in a process of its own: otter changes the working directory and the import path."""
Verdicts = dict[str, bool]
"""``router: test_shape`` to whether it passed."""


def ask_otter(slug: str, raw: bytes, folder: Path, name: str = "{}.ipynb") -> tuple[Verdicts, str]:
    """Let otter grade a file; return its verdicts, none where it refuses, and what it printed."""
    archive, path = folder / "autograder.zip", folder / name.format(slug)
    archive.write_bytes(stock_zip(lessons()[slug]))
    path.write_bytes(raw)
    answer = subprocess.run(
        [sys.executable, "-c", OTTER, str(path), str(archive)],
        capture_output=True, text=True, timeout=400, cwd=folder,
    )  # fmt: skip
    printed = answer.stdout + answer.stderr
    line = next((line for line in answer.stdout.splitlines() if line.startswith("SCORES")), None)
    return (json.loads(line.removeprefix("SCORES")) if line else {}), printed


def stock_verdicts(slug: str, raw: bytes, folder: Path) -> Verdicts:
    """What otter says of a file that it can grade."""
    verdicts, printed = ask_otter(slug, raw, folder)
    assert verdicts, printed[-4000:]
    return verdicts


def our_verdicts(slug: str, engine: SandboxEngine, raw: bytes) -> Verdicts:
    """What we say of a file, read as intake reads it."""
    package = load_built(lessons()[slug]).package
    outcome = engine.grade_notebook(package, read_notebook(raw).notebook)
    return {
        f"{section.exercise}: {test.name}": test.passed
        for section in outcome.sections
        for test in section.tests
    }
