"""
intent: Pack 129 MiB of spaces into 128 KB.
outcome: A member is unpacked up to its limit and no further.
"""

from tests.intake.layouts import zipped

SAID = "unpacks to more than 128 MiB"
MEBIBYTES = 350


def upload() -> dict[str, bytes]:
    return {"work.zip": zipped({"lab.ipynb": b" " * (129 * 2**20)})}
