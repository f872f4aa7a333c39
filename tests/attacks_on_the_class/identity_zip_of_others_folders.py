"""
intent: Pack a zip that holds a folder for each classmate.
outcome: All in an upload is its owner's.
"""

from tests import fakes
from tests.intake.layouts import zipped


def upload() -> dict[str, bytes]:
    others = ("Ada Lovelace", "Ben Boole", "Cem")
    folders = {f"{who}/lab.ipynb": fakes.notebook(f"pass # as {who}") for who in others}
    return {"work.zip": zipped(folders)}
