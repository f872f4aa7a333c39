"""
intent: Nest folders 900 deep.
outcome: Folders are walked to a depth of eight.
"""

from pathlib import Path

SAID = "is a folder nested too deeply"


def upload() -> dict[str, bytes]:
    return {}


def plant(folder: Path) -> None:
    (folder / "Mallory" / "/".join(["d"] * 900)).mkdir(parents=True)
