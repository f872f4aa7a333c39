"""
intent: Call a file hw_7_4711_x.ipynb, which made its owner user 7 of an anonymous Canvas download.
outcome: The first numbers are Canvas's; what follows is the student's.
"""

from tests import fakes

LAYOUT = "anonymous"


def upload() -> dict[str, bytes]:
    return {
        "hw_7_4711_x.ipynb": fakes.notebook("pass # mallory"),
        "anon_02237_22370_lab.ipynb": fakes.notebook("pass # again"),
    }
