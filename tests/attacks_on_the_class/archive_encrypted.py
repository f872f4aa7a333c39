"""
intent: Hand in an encrypted zip, so that a program asks for a word nobody knows.
outcome: Nothing asks; encryption is a sentence.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is encrypted"


def upload() -> dict[str, bytes]:
    content = bytearray(zipped({"lab.ipynb": fakes.notebook()}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return {"work.zip": bytes(content)}
