"""The benchmark's sums are right, and (long) the whole of it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cells import identify
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from benchmarks import diagnosis
from benchmarks.classes import small_ones, whole_lessons
from benchmarks.compare import GRADERS
from benchmarks.cost import ROOT, Cost, run, watching
from benchmarks.page import IMPORT, page, plot
from benchmarks.profile import Profile

LESSON = list(lessons().values())[1]
SECONDS = dict(zip(GRADERS, (0.5, 0.25, 20.0, 15.0, 10.0, 0.4), strict=True))
PER_LESSON = {
    LESSON.slug: {name: Cost(seconds=took, cpu_seconds=took) for name, took in SECONDS.items()}
}


def test_the_page_compares_like_with_like() -> None:
    text = page(
        PER_LESSON,
        {"ours": Cost(seconds=1, cpu_seconds=1, together_mb=300, confined_mb=9)},
        {1000: Cost(seconds=50, cpu_seconds=60, together_mb=400)},
        {IMPORT: 1.5, LESSON.slug: 3.3},
        {LESSON.slug: Profile(whole_ms=300.0, parts={"get": (4, 1.0), "call": (488, 200.4)})},
        0.2,
    )
    assert f"| {LESSON.slug} | 40.0 × | 60.0 × | 20.0 × | 1.25 × |" in text
    assert f"| {LESSON.slug} | 120.0 | 240.0 | 3.0 | 4.0 | 6.0 | 150.0 |" in text
    assert "| 1,000 | 50 | 50 | 400 MB |" in text
    assert "`autograder --help` takes 0.20 s" in text
    assert f"| {LESSON.slug} | 3.30 | 2.2 × |" in text
    assert "| call | 200 (488 times) |\n| get | 1 (4 times) |\n| the judge's own | 99 |" in text


def test_the_picture_is_the_same_each_time() -> None:
    assert plot(PER_LESSON) == plot(PER_LESSON)


@pytest.mark.parametrize("make", [whole_lessons, small_ones])
def test_no_two_submissions_are_alike_and_each_is_of_the_lesson(make) -> None:
    notebooks = list(make(LESSON, 5))
    assert len({str(notebook) for notebook in notebooks}) == 5
    packages = {LESSON.slug: load_built(LESSON).package}
    assert {identify(notebook, packages) for notebook in notebooks} == {LESSON.slug}


def test_memory_of_a_child_is_seen_and_no_other() -> None:
    code = "import time; held = bytearray(b'x') * 80_000_000; time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", code.replace("0.5", "60")]) as another:
        with watching(memory=True) as watch:
            run([sys.executable, "-c", code], ROOT)
        another.kill()
    assert 80 < watch.cost.together_mb < 130
    assert watch.cost.seconds > 0.5


def test_a_command_that_fails_stops_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        run([sys.executable, "-c", "exit(3)"], tmp_path)


def test_what_a_diagnosis_adds_is_told_against_the_time_without_it() -> None:
    both = diagnosis.together({"a": diagnosis.Cost(1.0, 0.1, 2), "b": diagnosis.Cost(1.1, 0.2, 2)})
    assert both.row("all") == ["all", "4", "450", "75.0", "16.7 %"]


@pytest.mark.long
def test_the_cost_of_a_diagnosis_is_measured() -> None:
    for cost in diagnosis.measure(LESSON, 1).values():
        assert cost.notebooks == 1
        assert 0 < cost.diagnosis < cost.all


@pytest.mark.long
def test_the_benchmark_runs() -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.compare", "--quick"], cwd=ROOT, check=True)
    assert "faster than nbgrader" in (ROOT / "out/benchmarks/benchmarks.md").read_text()
