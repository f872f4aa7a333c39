"""
intent: Name a file in a flat folder as Canvas would name Ada's.
outcome: A layout is recognised by the whole of a class; one such name is a name.
"""

from tests import fakes

LAYOUT = "files"
STUDENT = "lovelaceada_LATE_2195_21950_lab"


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": fakes.notebook("pass # mallory")}
