"""
intent: Leave a file and a folder that nobody may read, where the grader is not root.
outcome: What cannot be read is a sentence.
"""

import os
from pathlib import Path

SAID = "" if os.geteuid() == 0 else "cannot be read: permission denied"


def plant(folder: Path) -> None:
    (folder / "Mallory" / "closed").mkdir(mode=0)
    (folder / "Mallory" / "lab.ipynb").chmod(0)
