"""Landlock: which files a process may touch, no TCP, no signals to others. Pure ctypes."""

from __future__ import annotations

import os
import struct

from . import libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEV


def abi() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    try:
        return libc.syscall(_CREATE_RULESET, None, 0, 1, what="landlock")
    except OSError:
        return 0


def _filesystem_rights(version: int) -> int:
    """Every file right that this version can refuse."""
    bits = 13 + (version >= 2) + (version >= 3)
    return (1 << bits) - 1 | (_IOCTL_DEV if version >= 5 else 0)


def create(readable: list[str], writable: list[str]) -> int:
    """Return a ruleset that allows reading and writing below these paths, and nothing else.

    Paths that do not exist are left out. TCP and signals to processes outside are refused where
    the kernel can (versions 4 and 6).
    """
    version = abi()
    rights = _filesystem_rights(version)
    attributes = struct.pack("Q", rights)
    if version >= 4:
        attributes += struct.pack("Q", 3)
    if version >= 6:
        attributes += struct.pack("Q", 3)
    ruleset = libc.syscall(
        _CREATE_RULESET, attributes, len(attributes), 0, what="landlock_create_ruleset"
    )
    for path in readable:
        _allow(ruleset, path, READ_FILE | READ_DIR, rights)
    for path in writable:
        _allow(ruleset, path, rights & ~(EXECUTE | _IOCTL_DEV), rights)
    return ruleset


def _allow(ruleset: int, path: str, wanted: int, handled: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            wanted &= _FILE_RIGHTS
        rule = struct.pack("=Qi", wanted & handled, fd)
        libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0, what="landlock_add_rule")
    finally:
        os.close(fd)


def enforce(ruleset: int) -> None:
    """Bind this process to a ruleset for good."""
    libc.syscall(_RESTRICT_SELF, ruleset, 0, what="landlock_restrict_self")
    os.close(ruleset)
