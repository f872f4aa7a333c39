"""
intent: Name a member by 30,000 folders, one in another.
outcome: A name of more than 60 folders is left out.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is an archive without a notebook"


def upload() -> dict[str, bytes]:
    return {"work.zip": zipped({"a/" * 30_000 + "lab.ipynb": fakes.notebook()})}
