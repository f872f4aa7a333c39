"""
intent: Pack 1,900 notebooks, each a second of work.
outcome: At most 100 files of one hand-in are opened, and three get a sentence.
"""

from tests.intake.layouts import zipped

SAID = "was not opened: 100 files"


def upload() -> dict[str, bytes]:
    return {"work.zip": zipped({f"{n}.ipynb": b'{"nbformat": 4}' for n in range(1_900)})}
