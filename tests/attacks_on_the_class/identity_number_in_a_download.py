"""
intent: Call a file like Ada's in a Canvas download, her name and number included.
outcome: The first numbers are Canvas's; what follows is the student's.
"""

from tests import fakes

LAYOUT = "canvas"


def upload() -> dict[str, bytes]:
    return {"lovelaceada_2195_21950_lab.ipynb": fakes.notebook("pass # mallory")}
