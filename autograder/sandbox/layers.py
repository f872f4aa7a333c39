"""Runs in a throwaway process: tries each layer of confinement and prints what failed as JSON."""

from __future__ import annotations

import json
import os
import resource
import tempfile
from collections.abc import Callable

from . import landlock, libc, seccomp, spaces

SPARE_UID = 1_900_000_000


def main() -> None:
    """Print a JSON object: layer to what is missing (empty: available)."""
    layers: dict[str, Callable[[], object]] = {
        "fork": lambda: None,
        "namespaces": _namespaces,
        "own uid": _own_uid,
        "rlimits": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        "no_new_privs": lambda: libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1),
        "landlock": _landlock,
        "seccomp": _seccomp,
    }
    print(json.dumps({name: _in_a_fork(trial) for name, trial in layers.items()}))


def _in_a_fork(trial: Callable[[], object]) -> str:
    """Run a trial in a child and return what it raised."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        note = ""
        try:
            trial()
        except BaseException as error:
            note = f"{error}" or type(error).__name__
        os.write(write_end, note.encode()[:300])
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as reader:
        note = reader.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    return note or ("" if status == 0 else f"the trial ended with status {status}")


def _namespaces() -> None:
    stage = tempfile.mkdtemp(prefix="autograder-probe-")
    try:
        if (inside := os.fork()) == 0:
            code = 1
            try:
                spaces.enter(SPARE_UID if os.geteuid() == 0 else None)
                spaces.build_root(stage)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(inside, 0)
    finally:
        spaces.remove_stage(stage)
    if status:
        raise OSError("user, mount or pid namespaces are not permitted here")


def _own_uid() -> None:
    os.setgroups([])
    os.setresgid(SPARE_UID, SPARE_UID, SPARE_UID)
    os.setresuid(SPARE_UID, SPARE_UID, SPARE_UID)


def _landlock() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    landlock.enforce(landlock.create(["/dev/null"], []))
    try:
        os.listdir("/")
    except PermissionError:
        return
    raise OSError("Landlock does not refuse anything")


def _seccomp() -> None:
    program = seccomp.Filter(seccomp.build(writable=True))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    program.enforce()
    try:
        os.fork()
    except PermissionError:
        return
    raise OSError("the filter does not filter")
