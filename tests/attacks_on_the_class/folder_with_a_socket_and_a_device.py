"""
intent: Leave a socket and, as root, the device of endless zeros.
outcome: Only ordinary files are opened.
"""

import contextlib
import os
import socket
import stat
from pathlib import Path

SAID = "is not an ordinary file"


def upload() -> dict[str, bytes]:
    return {}


def plant(folder: Path) -> None:
    mine = folder / "Mallory"
    mine.mkdir()
    here = os.open(mine, os.O_RDONLY)
    try:
        # By the descriptor: the address of a socket is short.
        socket.socket(socket.AF_UNIX).bind(f"/proc/self/fd/{here}/lab.ipynb")
    finally:
        os.close(here)
    with contextlib.suppress(PermissionError):
        os.mknod(mine / "zero.ipynb", stat.S_IFCHR | 0o600, os.makedev(1, 5))
