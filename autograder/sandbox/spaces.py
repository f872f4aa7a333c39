"""Namespaces and the minimal read-only root, made once by the fork server (tier A).

The server becomes process 2 of the arrangement: a small waiter, then inside new user, mount, pid,
net, ipc and uts namespaces the server itself. When the waiter dies, so does everything inside.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import sysconfig

from . import libc

_ALL = (
    libc.CLONE_NEWUSER | libc.CLONE_NEWNS | libc.CLONE_NEWPID
    | libc.CLONE_NEWNET | libc.CLONE_NEWIPC | libc.CLONE_NEWUTS
)  # fmt: skip
DEVICES = ("null", "zero", "urandom", "random")
HIDDEN = ("autograder", "reference")
"""Packages that a student's process must not find, wherever they are installed."""
ASIDE = "/.libraries"
"""Where libraries that lie below /tmp stay reachable when a private /tmp is put over them."""


def enter(uid: int | None) -> None:
    """Leave the host's namespaces; returns in a new process that is process 1 of its own.

    Args:
        uid: a host uid that children will run under, mapped besides our own; None for an ordinary
            user, who can map only himself.
    """
    _unshare_with_maps(os.getpid(), uid)
    child = os.fork()
    if child:
        _wait_and_mirror(child)
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    socket.sethostname("sandbox")
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)


def _wait_and_mirror(child: int) -> None:
    """Keep no descriptor, wait for the server, and end as it ended."""
    os.closerange(3, 4096)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _unshare_with_maps(pid: int, uid: int | None) -> None:
    """unshare, with the uid maps written from outside by a helper that kept its rights."""
    if uid is None:
        own, group = os.geteuid(), os.getegid()
        libc.unshare(_ALL)
        _write(f"/proc/{pid}/setgroups", "deny")
        _write(f"/proc/{pid}/uid_map", f"0 {own} 1\n")
        _write(f"/proc/{pid}/gid_map", f"0 {group} 1\n")
        return
    read_end, write_end = os.pipe()
    helper = os.fork()
    if helper == 0:
        code = 1
        try:
            os.close(write_end)
            os.read(read_end, 1)
            for kind in ("uid_map", "gid_map"):
                _write(f"/proc/{pid}/{kind}", f"0 0 1\n{uid} {uid} 1\n")
            code = 0
        finally:
            os._exit(code)
    os.close(read_end)
    try:
        libc.unshare(_ALL)
    finally:
        os.close(write_end)
        _, status = os.waitpid(helper, 0)
    if status:
        raise OSError("the user namespace could not be mapped")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def library_paths() -> list[str]:
    """Return the folders that Python and its packages need, each once, no parent of another."""
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [p for p in sys.path if os.path.isdir(p) and os.path.basename(p) != "bin"]
    paths += ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"]
    real = [p for p in dict.fromkeys(map(os.path.abspath, paths)) if os.path.isdir(p)]
    return [p for p in real if not any(p != q and p.startswith(q + os.sep) for q in real)]


def hidden_paths() -> list[str]:
    """Return installed copies of the grader and the reference inside the library folders."""
    found = []
    for folder in {*library_paths(), *(p for p in sys.path if os.path.isdir(p))}:
        for name in HIDDEN:
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                found.append(path)
    return sorted(found)


def build_root(stage: str) -> None:
    """Make a root that holds the libraries, four devices and /tmp, and nothing of the host.

    Args:
        stage: an empty folder to build in; it is free again afterwards.
    """
    hidden = hidden_paths()
    flags = libc.MS_NOSUID | libc.MS_NODEV
    libc.mount("root", stage, "tmpfs", flags, "size=1m,mode=755")
    for path in library_paths():
        _bind(path, stage)
    for name in DEVICES:
        _bind_device(name, stage)
    for path in hidden:
        libc.mount("hidden", stage + path, "tmpfs", flags | libc.MS_RDONLY, "size=4k")
    os.makedirs(stage + "/tmp", mode=0o755, exist_ok=True)
    aside = libraries_below_tmp()
    for place, path in aside:
        os.makedirs(stage + place, mode=0o755)
        _bind_again(stage + path, stage + place)
    libc.pivot_root(stage)
    libc.restrict_mount("/", 1 | 2)  # MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID
    mount_private_tmp(2**20, aside)


def _bind(path: str, stage: str) -> None:
    """Bind a folder read-only, or repeat the symbolic link that stands in its place."""
    target = stage + path
    if os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
        return
    os.makedirs(target, mode=0o755, exist_ok=True)
    libc.mount(path, target, None, libc.MS_BIND | libc.MS_REC)
    libc.restrict_mount(target, 1 | 2 | 4)  # read-only, nosuid, nodev


def _bind_device(name: str, stage: str) -> None:
    os.makedirs(stage + "/dev", exist_ok=True)
    target = f"{stage}/dev/{name}"
    with open(target, "w"):
        pass
    libc.mount(f"/dev/{name}", target, None, libc.MS_BIND)


def libraries_below_tmp() -> list[tuple[str, str]]:
    """Return the place aside and the path of each library folder that a private /tmp would hide."""
    below = [path for path in library_paths() if path.startswith("/tmp/")]
    return [(f"{ASIDE}/{number}", path) for number, path in enumerate(below)]


def _bind_again(source: str, target: str) -> None:
    """Show a folder at a second place, with what is mounted in it; it stays read-only."""
    libc.mount(source, target, None, libc.MS_BIND | libc.MS_REC)


def mount_private_tmp(size: int, aside: list[tuple[str, str]]) -> None:
    """Put an empty, size-limited memory disk over /tmp.

    Args:
        size: bytes.
        aside: what ``libraries_below_tmp`` said before they were hidden; they are put back.
    """
    flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("tmp", "/tmp", "tmpfs", flags, f"size={size},nr_inodes=4096,mode=1777")
    for place, path in aside:
        os.makedirs(path, mode=0o755)
        _bind_again(place, path)


def remove_stage(stage: str) -> None:
    """Delete the staging folder of a server."""
    shutil.rmtree(stage, ignore_errors=True)
