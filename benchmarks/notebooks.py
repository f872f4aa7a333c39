"""What a student waits for: each notebook's set-up, before and now, and a whole filled-in lesson.

    python -m benchmarks.notebooks [--before COMMIT] [--rounds 5]

Set-ups of the two versions run in turn, each in an interpreter of its own; a lesson runs in a
kernel. Prints processor seconds, which a busy machine changes little.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from autograder.course.build import notebook_path
from autograder.course.lessons import Lesson, lessons
from autograder.course.release import release
from benchmarks.cost import ROOT, run, watching

BEFORE = "a8fc787"
"""The last commit before lessons imported only what they use."""


def text_of(lesson: Lesson, commit: str | None) -> str:
    """Return a student notebook as it is now or was at a commit."""
    path = notebook_path(lesson)
    if commit is None:
        return path.read_text(encoding="utf-8")
    shown = f"{commit}:{path.relative_to(ROOT).as_posix()}"
    return subprocess.run(
        ["git", "show", shown], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def set_up_seconds(lesson: Lesson, text: str) -> float:
    """Run a notebook's set-up cells in a fresh interpreter and return its processor seconds."""
    cells = [
        "".join(cell["source"])
        for cell in json.loads(text)["cells"]
        if cell["metadata"].get("role") == "setup" and cell["cell_type"] == "code"
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{lesson.slug}.ipynb").write_text(text, encoding="utf-8")
        (Path(folder) / "set_up.py").write_text("\n\n".join(cells), encoding="utf-8")
        with watching() as watch:
            run([sys.executable, "set_up.py"], Path(folder))
    return watch.cost.cpu_seconds


def lesson_seconds(lesson: Lesson) -> float:
    """Run a filled-in lesson from top to bottom in a kernel; return its processor seconds."""
    with watching() as watch:
        release(lesson)
    return watch.cost.cpu_seconds


@click.command()
@click.option("--before", default=BEFORE, show_default=True, help="Commit to compare with.")
@click.option("--rounds", default=5, show_default=True, help="Runs of each set-up.")
def main(before: str, rounds: int) -> None:
    """Print both tables."""
    for lesson in lessons().values():
        texts = {name: text_of(lesson, name) for name in (before, None)}
        seconds: dict[str | None, list[float]] = {name: [] for name in texts}
        for _ in range(rounds):
            for name, text in texts.items():
                seconds[name].append(set_up_seconds(lesson, text))
        then, now = (statistics.median(found) for found in seconds.values())
        click.echo(
            f"{lesson.slug}: set-up {then:.2f} s before, {now:.2f} s now ({now / then:.2f} of it); "
            f"the whole filled-in lesson {lesson_seconds(lesson):.1f} s"
        )


if __name__ == "__main__":
    main()
