"""
intent: Hand in a member whose packed bytes are damaged.
outcome: What cannot be unpacked is a sentence.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is damaged inside its archive"


def upload() -> dict[str, bytes]:
    content = zipped({"lab.ipynb": fakes.notebook()})
    return {"work.zip": content[:60] + b"\xff" * 40 + content[100:]}
