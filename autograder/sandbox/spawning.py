"""Starts the other side's process; imports little itself, so that both sides import at one time."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from .forkserver import BOOT
from .messages import Settings


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A fork server, or a child of tier D, that is importing its libraries."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    """Our end."""
    stage: str
    """A folder of its own, to be deleted once it is ready."""
    since: float
    """By the monotonic clock."""


def begin(settings: Settings) -> Begun:
    """Execute a fresh Python with an environment that says nothing."""
    since, stage = time.monotonic(), tempfile.mkdtemp(prefix="autograder-")
    ours, theirs = socket.socketpair()
    here = str(Path(__file__).parent)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-sP", "-c", BOOT, here, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=_environment(stage),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    staged = msgspec.structs.replace(settings, stage=stage)
    ours.sendall(msgspec.json.encode(staged) + b"\n")
    return Begun(process=process, control=ours, stage=stage, since=since)


def _environment(stage: str) -> dict[str, str]:
    import matplotlib

    return {
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "HOME": stage,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # Large pages: a fork copies a table of 40,000 small ones otherwise, which takes 20 ms.
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "PYTHONMALLOC": "malloc",
        "MPLBACKEND": "agg",
        # The font list is slow to build and the same for everyone.
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }
