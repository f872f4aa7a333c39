"""
intent: Hand in a zip from the year 9999, which ended every export west of Greenwich.
outcome: A time outside a sane range is no time.
"""

import io
import zipfile

from tests import fakes
from tests.class_attacks import Told

LAYOUT = "canvas"


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("lab.ipynb", (2107, 12, 31, 23, 59, 58))
        archive.writestr(info, fakes.notebook("pass # mallory"))
    return {"lab_9999_12_31T23_59_59.zip": buffer.getvalue()}


def check(told: Told) -> None:
    (row,) = told.other_rows(LAYOUT)
    assert row.submission.submitted_at is None
