"""
intent: Hand in bytes that are UTF-8 by half, with surrogates and a byte order mark within.
outcome: What is not text is said not to be.
"""

from tests import fakes

SAID = "is not UTF-8 text"


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": fakes.notebook().replace(b"pass", b"\xff\xfe\xed\xa0\x80\xef\xbb\xbf")}
