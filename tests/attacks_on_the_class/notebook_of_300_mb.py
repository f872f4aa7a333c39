"""
intent: Hand in a file of 300 MB of which the disk holds nothing.
outcome: Its size is looked at before it is read.
"""

from pathlib import Path

SAID = "is larger than 128 MiB"
MEBIBYTES = 60


def plant(folder: Path) -> None:
    with (folder / "Mallory" / "lab.ipynb").open("wb") as file:
        file.truncate(300 * 2**20)
