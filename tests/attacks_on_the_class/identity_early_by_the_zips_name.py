"""
intent: Hand in late, in a zip whose name and members claim an early time.
outcome: LATE by the platform outranks what a zip claims, and no time is believed.
"""

from tests import fakes
from tests.class_attacks import Told
from tests.intake.layouts import zipped

LAYOUT = "canvas"
LATE = True
SAID = "marked late by the platform"


def upload() -> dict[str, bytes]:
    members = {"lab.ipynb": fakes.notebook("pass # mallory")}
    return {"lab_2026_11_01T00_00_00.zip": zipped(members, {"lab.ipynb": 1_793_000_000})}


def check(told: Told) -> None:
    (row,) = told.other_rows(LAYOUT)
    assert (row.submission.late, row.submission.submitted_at) == (True, None)
