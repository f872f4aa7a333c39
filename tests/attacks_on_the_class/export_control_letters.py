"""
intent: Put letters that XML and JSON cannot hold into names and messages.
outcome: They are shown as a sign; every file is read again by its own parser.
"""

import os

from tests import fakes

STUDENT = (
    "a\ufffe\uffff\x00".replace("\x00", "") + os.fsdecode(b"\xed\xa0\x80") + "\x7f\x85\u2028\u2029"
)


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": fakes.notebook("event # \u2028 \\ud800 </script>")}
