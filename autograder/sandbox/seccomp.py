"""The system calls a student's process may make: an allow-list.

A list of what is allowed survives new kernels; torch, numpy and IPython run within the one below
(checked by the tests of this package over all exercises). A refused call fails with EPERM instead
of killing the process, so that the student reads an ordinary Python error. pyseccomp is used here
only, to assemble the filter once; children load the finished bytes.
"""

from __future__ import annotations

import errno
import os
import struct

from . import libc

_ALWAYS = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range
fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat
getcwd chdir fchdir getdents getdents64 statfs fstatfs flock fsync fdatasync dup dup2 dup3
pipe pipe2 select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
eventfd eventfd2 mmap munmap mremap mprotect madvise brk mincore msync
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
pause sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
sched_get_priority_min nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times
getitimer setitimer alarm getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid
getgroups getpgrp getpgid getsid getpriority uname umask getrlimit getrusage sysinfo futex
futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list rseq
set_tid_address membarrier getrandom getcpu restart_syscall exit exit_group
"""
_WRITING = """
truncate ftruncate fallocate rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat chmod
fchmod fchmodat utimensat utime utimes futimesat
"""
_OWN_PROCESS = 0x5EC0_0001
"""Stands for the child's pid in the filter until the child is known."""
_THREAD, _NAMESPACES = 0x0001_0000, 0x7E02_0080
_NOT_READING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
"""Bits of an open's flags that are all zero where it only reads what is there."""
_DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
"""F_DUPFD, flags and locks, F_DUPFD_CLOEXEC, F_GETPIPE_SZ. Not F_SETOWN and F_SETSIG, by which the
kernel would send any signal to any process of the same uid."""
_TERMINAL_QUERIES = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""


def build(writable: bool) -> bytes:
    """Assemble the filter; ``writable`` is for a child with a private, size-limited /tmp."""
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in (_ALWAYS + (_WRITING if writable else "")).split():
        _add(pyseccomp, rules, name)
    _add_opens(pyseccomp, rules, writable)
    _add_processes(pyseccomp, rules)
    return _export(rules)


def _add(library: object, rules: object, name: str, *conditions: object) -> None:
    try:
        rules.add_rule(library.ALLOW, name, *conditions)  # type: ignore[attr-defined]
    except (OSError, ValueError, RuntimeError):
        # Not a call of this processor, or unknown to this libseccomp: it stays refused.
        return


def _add_opens(library: object, rules: object, writable: bool) -> None:
    """Without a private disk files are opened for reading only.

    A file that every user may write could otherwise be changed through a mapping, a FIFO or a
    device be written to. A descriptor opened for reading cannot be turned into one for writing:
    ``/proc/self/fd`` opens anew, under this very rule.
    """
    for name, position in (("open", 1), ("openat", 2)):
        reads = library.Arg(position, library.MASKED_EQ, _NOT_READING, 0)  # type: ignore[attr-defined]
        _add(library, rules, name, *(() if writable else (reads,)))


def _add_processes(library: object, rules: object) -> None:
    """Threads but no processes, signals to oneself only, harmless forms of the rest."""
    arg, equal, masked = library.Arg, library.EQ, library.MASKED_EQ  # type: ignore[attr-defined]
    _add(library, rules, "clone", arg(0, masked, _THREAD | _NAMESPACES, _THREAD))
    # glibc falls back from clone3, whose flags a filter cannot see, to clone.
    rules.add_rule(library.ERRNO(errno.ENOSYS), "clone3")  # type: ignore[attr-defined]
    for name in ("kill", "tgkill"):
        _add(library, rules, name, arg(0, equal, _OWN_PROCESS))
    for command in _DESCRIPTOR_COMMANDS:
        _add(library, rules, "fcntl", arg(1, equal, command))
    for request in _TERMINAL_QUERIES:
        _add(library, rules, "ioctl", arg(1, equal, request))
    for option in (15, 16, 0x53564D41):  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA
        _add(library, rules, "prctl", arg(0, equal, option))
    # A limit can be read, of oneself; asyncio wakes itself through a pair made before the filter.
    _add(library, rules, "prlimit64", arg(0, equal, 0), arg(2, equal, 0))
    _add(library, rules, "sendto", arg(4, equal, 0))
    _add(library, rules, "recvfrom", arg(4, equal, 0))


def _export(rules: object) -> bytes:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "wb") as writer:
        rules.export_bpf(writer)  # type: ignore[attr-defined]
        writer.close()
        return reader.read()


class Filter:
    """An assembled filter; the places where the child's pid belongs are found beforehand."""

    def __init__(self, program: bytes) -> None:
        self._program = program
        # The operand is the second half of an instruction of eight bytes.
        self._places = [
            place
            for place in range(4, len(program), 8)
            if program[place : place + 4] == struct.pack("<I", _OWN_PROCESS)
        ]

    def enforce(self) -> None:
        """Install the filter; from here on this process can only lose rights."""
        patched = bytearray(self._program)
        for place in self._places:
            struct.pack_into("<I", patched, place, os.getpid())
        libc.load_filter(bytes(patched))
