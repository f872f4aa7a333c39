"""
intent: Pack six bombs, each just under the limit of one file.
outcome: What one hand-in unpacks to is capped in sum.
"""

import struct

from tests.intake.layouts import zipped

SAID = "unpacks to more than 256 MiB in all"
SECONDS = 6.0
MEBIBYTES = 350


def upload() -> dict[str, bytes]:
    one = zipped({"aaaa.ipynb": b'{"nbformat": 4, "cells": [' + b" " * (60 * 2**20) + b"]}"})
    start = one.index(b"PK\x01\x02")
    entry = one[start : one.index(b"PK\x05\x06")]
    table = b"".join(
        entry[:42] + struct.pack("<I", place * start) + entry[46:] for place in range(6)
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 6, 6, len(table), 6 * start, 0)
    return {"work.zip": one[:start] * 6 + table + end}
