"""What students get after the deadline."""

from __future__ import annotations

import json

import pytest

from autograder.course.lessons import lessons
from autograder.course.release import plain_solution, release


@pytest.mark.parametrize("slug", lessons())
def test_the_released_solution_holds_no_trace_of_otter(slug: str) -> None:
    cells = plain_solution(lessons()[slug])["cells"]
    text = json.dumps([cell for cell in cells if cell["cell_type"] == "code"])
    for trace in ("SOLUTION", "otter.Notebook", "grader.", "test_case"):
        assert trace not in text, trace


def test_a_released_solution_has_run_and_shows_its_plots() -> None:
    lesson = list(lessons().values())[1]
    cells = json.loads(release(lesson))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    looks = [cell for cell in code if cell["metadata"]["role"] == "look"]
    assert sum("image/png" in json.dumps(cell["outputs"]) for cell in looks) >= len(
        lesson.exercises
    )
