"""
intent: Be a folder that is a link to Ada's.
outcome: It is a link, which is not followed, and no hand-in.
"""

from pathlib import Path

SAID = "no student's work"


def upload() -> dict[str, bytes]:
    return {}


def plant(folder: Path) -> None:
    (folder / "Mallory").symlink_to(folder / "Ada Lovelace")
