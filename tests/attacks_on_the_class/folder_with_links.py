"""
intent: Leave links to Ada's notebook, to the password file, to the class and in a circle.
outcome: No link is followed.
"""

from pathlib import Path

SAID = "is a symbolic link, which is not followed"


def upload() -> dict[str, bytes]:
    return {}


def plant(folder: Path) -> None:
    mine = folder / "Mallory"
    mine.mkdir()
    (mine / "lab.ipynb").symlink_to(folder / "Ada Lovelace" / "lab.ipynb")
    (mine / "other.ipynb").symlink_to("/etc/passwd")
    (mine / "class").symlink_to(folder)
    (mine / "round.ipynb").symlink_to(mine / "round.ipynb")
