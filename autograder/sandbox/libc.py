"""The Linux system calls that Python does not offer, through ctypes."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x0002_0000, 0x0400_0000, 0x0800_0000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_NO_NEW_PRIVS = 38
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_SETATTR = 442
_PIVOT_ROOT = 155 if platform.machine() == "x86_64" else 41
_CAPSET = 126 if platform.machine() == "x86_64" else 91
_LAST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: int | bytes | None, what: str) -> int:
    """Make a raw system call; integers are passed as 64 bits.

    Raises:
        OSError: the kernel refused; the message names the call.
    """
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(int(_libc.syscall(ctypes.c_long(number), *converted)), what)


def unshare(flags: int) -> None:
    """Move this process (or, for pids, its next children) into new namespaces."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace behind a descriptor."""
    _checked(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """mount(2)."""
    kind_bytes = kind.encode() if kind else None
    arguments = (source.encode(), target.encode(), kind_bytes, ctypes.c_ulong(flags))
    _checked(_libc.mount(*arguments, options.encode()), f"mount {target}")


def unmount(target: str) -> None:
    """Detach a mount."""
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def restrict_mount(target: str, flags: int) -> None:
    """Add read-only, nosuid, nodev or noexec to a mount and everything below it."""
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    path = target.encode()
    syscall(
        _MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE, attributes, len(attributes),
        what=f"mount_setattr {target}",
    )  # fmt: skip


def pivot_root(path: str) -> None:
    """Make ``path`` the root and drop the old one."""
    os.chdir(path)
    syscall(_PIVOT_ROOT, b".", b".", what="pivot_root")
    unmount(".")
    os.chdir("/")


def prctl(option: int, value: int | bytes = 0, more: int | bytes = 0) -> None:
    """prctl(2)."""
    first = ctypes.c_ulong(value) if isinstance(value, int) else value
    second = ctypes.c_ulong(more) if isinstance(more, int) else more
    zero = ctypes.c_ulong(0)
    _checked(_libc.prctl(option, first, second, zero, zero), f"prctl {option}")


def drop_bounding_set() -> None:
    """Make every capability unreachable, also through programs with file capabilities."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            # EINVAL: past the last one that this kernel knows. EPERM: nothing to drop with.
            return


def clear_capabilities() -> None:
    """Empty the permitted, effective and inheritable sets."""
    header = struct.pack("Ii", 0x2008_0522, 0)
    syscall(_CAPSET, header, bytes(24), what="capset")


def load_filter(program: bytes) -> None:
    """Install a seccomp filter (array of 8-byte BPF instructions) for this process."""
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, 2, header)


def on_abort_exit() -> None:
    """Turn abort() into exit status 6: process 1 of a pid namespace ignores its own SIGABRT."""
    exit_address = ctypes.cast(_libc._exit, ctypes.c_void_p)
    _libc.signal.restype = ctypes.c_void_p
    _libc.signal(6, exit_address)
