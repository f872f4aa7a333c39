"""
intent: Pack a bomb whose header claims one byte.
outcome: No size is believed; reading stops at the limit, or where the claim is exceeded.
"""

import struct

from tests.intake.layouts import zipped

SAID = "damaged inside its archive"
SIZE = 80 * 2**20


def upload() -> dict[str, bytes]:
    bomb = zipped({"lab.ipynb": b" " * SIZE})
    return {"work.zip": bomb.replace(struct.pack("<I", SIZE), struct.pack("<I", 1))}
