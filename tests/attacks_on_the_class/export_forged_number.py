"""
intent: Name one's file by Ada's number, since a roster joins a folder's number to her.
outcome: Where she has handed in beside under her name, nobody is matched, and both are named.
"""

from tests import fakes

TOTAL = 8
STUDENT = "2105"
FITS = "Lovelace"


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": fakes.notebook("fail # mallory")}
