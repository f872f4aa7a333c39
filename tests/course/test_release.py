"""What students get after the deadline; that it has run is seen in test_wheel.py."""

from __future__ import annotations

import json

import pytest

from autograder.course.lessons import lessons
from autograder.course.release import plain_solution


@pytest.mark.parametrize("slug", lessons())
def test_the_released_solution_holds_no_trace_of_otter(slug: str) -> None:
    cells = plain_solution(lessons()[slug])["cells"]
    text = json.dumps([cell for cell in cells if cell["cell_type"] == "code"])
    for trace in ("SOLUTION", "otter.Notebook", "grader.", "test_case"):
        assert trace not in text, trace
