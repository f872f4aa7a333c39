"""
intent: Let the table of contents say that a member lies 4 GB behind the end.
outcome: Any error while reading an archive is a sentence about it.
"""

import struct

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is damaged inside its archive"


def upload() -> dict[str, bytes]:
    content = bytearray(zipped({"lab.ipynb": fakes.notebook()}))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 42 : entry + 46] = struct.pack("<I", 0xFFFFFF00)
    return {"work.zip": bytes(content)}
