"""
intent: Leave 1,000 empty notebooks.
outcome: At most 100 files of one hand-in are opened, and three get a sentence.
"""

from pathlib import Path

SAID = "was not opened: 100 files"


def plant(folder: Path) -> None:
    (folder / "Mallory" / "lab.ipynb").unlink()
    for number in range(1_000):
        (folder / "Mallory" / f"{number}.ipynb").touch()
