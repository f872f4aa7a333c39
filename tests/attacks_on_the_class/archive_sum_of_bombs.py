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
    members, table = b"", b""
    for place in range(6):
        name = f"{place:04}".encode()
        table += entry[:42] + struct.pack("<I", len(members)) + name + entry[50:]
        members += one[:30] + name + one[34:start]
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 6, 6, len(table), len(members), 0)
    return {"work.zip": members + table + end}
