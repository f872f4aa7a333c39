"""
intent: Add nbgrader's timestamp.txt with an early time and a folder for a classmate.
outcome: Such a file makes no nbgrader class of folders, and its time is not believed.
"""

from tests import fakes
from tests.class_attacks import Told


def upload() -> dict[str, bytes]:
    return {
        "ps1/timestamp.txt": b"2001-01-01 00:00:00 UTC",
        "ps1/lab.ipynb": fakes.notebook("pass # mallory"),
    }


def check(told: Told) -> None:
    assert [source.layout for source in told.intake.sources] == ["folders"]
    (row,) = told.other_rows("folders")
    assert row.submission.time_source != "nbgrader"
