"""
intent: Pack two members of one name, so that a check sees one and the grader the other.
outcome: Each member is read by its own entry; the same person has two attempts, no more.
"""

import io
import warnings
import zipfile

from tests import fakes
from tests.class_attacks import Told


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text in ("one", "two"):
            archive.writestr("lab.ipynb", fakes.notebook(f"pass # {text}"))
    return {"work.zip": buffer.getvalue()}


def check(told: Told) -> None:
    (row,) = told.other_rows("folders")
    assert row.attempts == 2
