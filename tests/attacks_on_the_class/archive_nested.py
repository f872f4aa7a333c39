"""
intent: Pack a zip in a zip, thirty times.
outcome: A zip in a zip is opened, and no deeper one.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is an archive without a notebook"


def upload() -> dict[str, bytes]:
    inner = zipped({"lab.ipynb": fakes.notebook()})
    for _ in range(30):
        inner = zipped({"deeper.zip": inner})
    return {"work.zip": inner}
