"""
intent: Leave a named pipe, which whoever opens it waits for.
outcome: Only ordinary files are opened, and never so that opening waits.
"""

import os
from pathlib import Path

SAID = "is not an ordinary file"


def upload() -> dict[str, bytes]:
    return {}


def plant(folder: Path) -> None:
    (folder / "Mallory").mkdir()
    os.mkfifo(folder / "Mallory" / "lab.ipynb")
