"""
intent: List 100,000 members in 5 MB, each of which becomes an object before anybody counts.
outcome: Entries are counted in the bytes first.
"""

import struct

from tests.intake.layouts import zipped

SAID = "is an archive of more than 20,000 files"
MEBIBYTES = 60


def upload() -> dict[str, bytes]:
    one = zipped({"x.ipynb": b""})
    start = one.index(b"PK\x01\x02")
    table = one[start : one.index(b"PK\x05\x06")] * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(table), start, 0)
    return {"work.zip": one[:start] + table + end}
