"""
intent: Let 1,500 entries share one packed member, so that 60 KB unpack to 3 GB.
outcome: What one hand-in unpacks to is capped in sum, and so are its files.
"""

import struct

from tests.intake.layouts import zipped

SAID = "unpacks to more than 256 MiB in all"
SECONDS = 6.0
MEBIBYTES = 350


def upload() -> dict[str, bytes]:
    one = zipped({"aaaa.ipynb": b'{"nbformat": 4, "cells": [' + b" " * (8 * 2**20) + b"]}"})
    start = one.index(b"PK\x01\x02")
    entry = one[start : one.index(b"PK\x05\x06")]
    table = entry * 1_500
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1_500, 1_500, len(table), start, 0)
    return {"work.zip": one[:start] + table + end}
