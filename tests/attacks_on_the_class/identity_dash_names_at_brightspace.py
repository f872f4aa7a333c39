"""
intent: Call a file at Brightspace like the folder of another, numbers and moment included.
outcome: The folder is Brightspace's; names within it are the student's.
"""

from tests import fakes

LAYOUT = "brightspace"


def upload() -> dict[str, bytes]:
    name = "2195-2557369 - Ada Lovelace - Nov 20, 2026 1011 AM"
    return {f"{name}/lab.ipynb": fakes.notebook("pass # mallory")}
