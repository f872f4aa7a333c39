"""Shared pieces of the suite."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built, load_packages
from autograder.grading.known import encoded_known

CHROMIUM = Path("/usr/bin/chromium")
IN_CI = os.environ.get("CI") == "true"

torch.set_num_threads(1)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Build each lesson before xdist starts its workers, which would all build them at once.

    So with the answers of the sample answers: a process for each lesson, all at one time.
    """
    several = session.config.getoption("numprocesses", default=None)
    if several and not hasattr(session.config, "workerinput"):
        load_packages()
        with ThreadPoolExecutor() as threads:
            list(threads.map(encoded_known, lessons().values()))


DEAR = (
    "sandbox/test_attacks.py", "browser/test_jupyterlab.py", "sandbox/test_tiers.py",
    "gradescope/test_container.py", "grading/test_attacks_on_the_class.py", "course/test_wheel.py",
    "course/test_new.py", "course/test_samples.py", "grading/test_parity.py", "test_examples.py",
    "course/test_look_cells.py", "quality/test_mutate.py", "test_docs.py",
)  # fmt: skip
"""Files that take longest. One of them taken up last would keep one worker busy alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the dear files, so that all workers end at about the same time."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(DEAR)}
    items.sort(key=lambda item: places.get(item.path, len(DEAR)))


@pytest.fixture(scope="session")
def first_lesson() -> Built:
    """The built first lesson: package and filled-in solution."""
    return load_built(next(iter(lessons().values())))


def require_chromium() -> None:
    """Skip a browser test with a reason where Chromium is missing, but never in CI."""
    if shutil.which("chromium") is None:
        message = "chromium is not installed; `apt-get install chromium` as root brings it"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
