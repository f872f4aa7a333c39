"""The steps that take a fresh child's rights away, in order. Any that fails is fatal."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

from . import landlock, libc, seccomp, spaces
from .messages import Settings


class Plan:
    """What a tier asks for, prepared once by the fork server."""

    def __init__(self, settings: Settings, base_bytes: int) -> None:
        self.settings = settings
        self.namespaces = settings.namespaces
        self.limits = settings.limits
        self._base_bytes = base_bytes
        self._filter = seccomp.Filter(seccomp.build(writable=self.namespaces))
        self._aside = spaces.libraries_below_tmp()
        self._readable = _readable(self.namespaces)

    def prepare_fork(self, own_pid_namespace: int | None) -> None:
        """Called in the server just before it forks a child."""
        if own_pid_namespace is not None:
            libc.unshare(libc.CLONE_NEWPID)

    def finish_fork(self, own_pid_namespace: int | None) -> None:
        """Called in the server just after: later forks are its own again."""
        if own_pid_namespace is not None:
            libc.setns(own_pid_namespace, libc.CLONE_NEWPID)

    def confine(self, core: int | None) -> None:
        """Confine this process for good, and to one processor unless ``core`` is None."""
        if self.namespaces:
            self._private_mounts()
        self._limit_resources(core)
        self._drop_rights()
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        if self.settings.landlock:
            writable = ["/tmp"] if self.namespaces else []
            landlock.enforce(landlock.create(self._readable, [*writable, "/dev/null"]))
        else:
            self._check_secrets()
        self._filter.enforce()

    def _private_mounts(self) -> None:
        libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWIPC)
        spaces.mount_private_tmp(self.limits.disk_bytes, self._aside)
        os.chdir("/tmp")

    def _limit_resources(self, core: int | None) -> None:
        if core is not None:
            # It may have been taken from this machine since; then any other will do.
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {core})
        limits = self.limits
        seconds = int(limits.section_seconds) * 2 + 10
        wanted = {
            resource.RLIMIT_AS: self._base_bytes + limits.memory_bytes,
            resource.RLIMIT_CPU: seconds,
            resource.RLIMIT_FSIZE: limits.disk_bytes if self.namespaces else 0,
            resource.RLIMIT_NOFILE: limits.open_files,
            resource.RLIMIT_NPROC: limits.threads,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_MSGQUEUE: 0,
        }
        for which, value in wanted.items():
            _, hard = resource.getrlimit(which)
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            resource.setrlimit(which, (value, value))

    def _drop_rights(self) -> None:
        libc.drop_bounding_set()
        uid = self.settings.uid
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        libc.clear_capabilities()
        # After the change of uid, which would clear it.
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)

    def _check_secrets(self) -> None:
        for path in [] if self.namespaces else self.settings.secrets:
            try:
                os.scandir(path).close() if os.path.isdir(path) else open(path, "rb").close()
            except OSError:
                continue
            raise PermissionError(
                f"without Landlock, {path} must be readable by root only (chmod -R go= {path})"
            )


def _readable(namespaces: bool) -> list[str]:
    """The paths Landlock lets a child read.

    Landlock cannot take a folder out of an allowed one. Where no mount hides the grader and the
    reference, the library folder that holds them is therefore listed entry by entry.
    """
    devices = [f"/dev/{name}" for name in spaces.DEVICES]
    if namespaces:
        return [*spaces.library_paths(), *devices]
    hidden = set(spaces.hidden_paths())
    paths: list[str] = devices
    for folder in spaces.library_paths():
        inside = [path for path in hidden if path.startswith(folder + os.sep)]
        paths += _without(folder, inside)
    return paths


def _without(folder: str, hidden: list[str]) -> list[str]:
    if not hidden:
        return [folder]
    paths: list[str] = []
    for entry in sorted(os.listdir(folder)):
        path = os.path.join(folder, entry)
        if path not in hidden:
            below = [other for other in hidden if other.startswith(path + os.sep)]
            paths += _without(path, below)
    return paths
