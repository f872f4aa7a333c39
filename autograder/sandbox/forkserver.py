"""The fork server: imports everything once, then forks a confined child whenever asked.

Started by exec with an empty environment, it never loads tests, reference or submissions. Forked
copies of it that have run the released set-up and given cells (*templates*) serve in the same way,
so that those cells cost nothing per submission. It runs trusted text only.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from .heap import fill_holes
from .lean import leave_out_the_compiler, no_search_for_garbage
from .messages import (
    Ended,
    Ready,
    Reap,
    Reply,
    Request,
    Settings,
    StartChild,
    Started,
    StartTemplate,
)

if TYPE_CHECKING:
    from .confinement import Plan
    from .limits import Limits

BOOT = """
import sys, types
package = types.ModuleType("sandboxed")
package.__path__ = [sys.argv[1]]
sys.modules["sandboxed"] = package
from sandboxed.forkserver import main
main(int(sys.argv[2]))
"""
"""Run by ``python -I -c``: loads this folder as a package of its own, without the grader around."""

_COMMON = (
    "abc array ast asyncio base64 bisect calendar cmath collections colorsys contextlib copy csv "
    "dataclasses datetime decimal difflib enum fractions functools hashlib heapq html html.parser "
    "inspect io itertools json keyword linecache locale logging math numbers operator pathlib "
    "pickle platform pprint queue random re secrets shutil statistics string struct textwrap "
    "threading time timeit tokenize traceback types typing unicodedata unittest uuid warnings "
    "weakref zlib concurrent.futures multiprocessing urllib.parse urllib.request "
    "xml.etree.ElementTree "
    "numpy.random numpy.linalg numpy.fft torch.nn.functional torch.optim torch.utils.data "
    "torch.distributions matplotlib.pyplot matplotlib_inline.backend_inline matplotlib.pylab"
)
PRELOADED = tuple(_COMMON.split())
"""Modules a student may import. After a change of uid the standard library can be out of reach
(a Python under /root), and an import that is already done costs nothing."""


def main(control_fd: int) -> None:
    """Set everything up as the grader's first message says, then serve."""
    control = socket.socket(fileno=control_fd)
    settings = msgspec.json.decode(_receive_line(control), type=Settings)
    _clean_path()
    _first_to_go()
    if settings.alone:
        run_child(control_fd, _load(settings), Alone(settings.limits), StartChild())
        os._exit(0)
    own_pid_namespace = None
    if settings.namespaces:
        from . import spaces

        spaces.enter(settings.uid)
        own_pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    with no_search_for_garbage():
        shell = _load(settings)
    plan = _plan(settings)
    if settings.namespaces:
        from . import libc, spaces

        # Children inherit it.
        libc.on_abort_exit()
        spaces.build_root(settings.stage)
    _forget_environment()
    fill_holes()
    RequestServer(control, shell, plan, own_pid_namespace).serve(first=True)


def _receive_line(control: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = control.recv(65536)
        if not part:
            raise SystemExit(0)
        line += part
    return line


def _first_to_go() -> None:
    """Where the machine runs out of memory, let the kernel end a student's process first."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _clean_path() -> None:
    """Keep the installed libraries; drop checkouts that .pth files name, the grader's own first."""
    kept = {sysconfig.get_path(n) for n in ("stdlib", "platstdlib", "purelib", "platlib")}
    kept |= {path for path in sys.path if path.endswith("lib-dynload")}
    sys.path[:] = [path for path in sys.path if path in kept]
    for name in ("autograder", "reference"):
        sys.modules[name] = None  # type: ignore[assignment]


def _load(settings: Settings) -> Any:
    """Import the libraries with one thread and make the shell."""
    import importlib

    import torch

    leave_out_the_compiler()
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    import matplotlib

    matplotlib.use("Agg")
    for name in PRELOADED:
        importlib.import_module(name)
    from . import rehearsal
    from . import shell as shells

    sys.modules["otter"] = shells.stub_otter()
    shells.quiet_plots()
    shell = shells.make_shell(settings.stage)
    _warm_up(torch, shell)
    rehearsal.rehearse(shell, settings.limits.frame_bytes)
    return shell


def _warm_up(torch: Any, shell: Any) -> None:
    """Take the first steps here, so that lazy imports are done before rights are gone."""
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    torch.nn.functional.mse_loss(layer(torch.ones(1, 2)), torch.zeros(1, 2)).backward()
    optimizer.step()
    str(torch.ones(2)), torch.no_grad()
    shell.run_cell("%matplotlib inline\npass", store_history=False)
    shell.run_cell("raise ValueError", store_history=False)


def _plan(settings: Settings) -> Plan:
    from . import confinement

    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return confinement.Plan(settings, mapped)


def _forget_environment() -> None:
    os.environ.clear()
    os.environ.update(PATH="/usr/bin", HOME="/tmp", LANG="C.UTF-8", TMPDIR="/tmp")
    sys.argv[:] = [""]
    tempfile.tempdir = None
    os.chdir("/tmp")
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


class Alone:
    """Tier D: a process of its own and deadlines, which is not a sandbox."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.namespaces = False

    def confine(self, core: int | None) -> None:
        """Set what any Unix can set; protects against accidents only."""
        import resource

        _forget_environment()
        for which, value in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, self.limits.disk_bytes),
        ):
            resource.setrlimit(which, (value, value))


class RequestServer:
    """Serves the grader's requests over one control socket."""

    def __init__(
        self, control: socket.socket, shell: Any, plan: Plan, own_pid_namespace: int | None
    ) -> None:
        self._control = control
        self._shell = shell
        self._plan = plan
        self._own_pid_namespace = own_pid_namespace
        self._running: set[int] = set()
        self._dying: set[int] = set()
        self._current = 0
        self._made_on: int | None = None
        self._handlers: dict[type, Callable[..., None]] = {
            StartChild: self._child,
            StartTemplate: self._template,
            Reap: self._reap,
        }

    def serve(self, first: bool = False) -> None:
        """Answer until the grader hangs up; never returns."""
        if first:
            self._send(Ready())
        while True:
            data, fds, _, _ = socket.recv_fds(self._control, 2**20, 1)
            while data and not data.endswith(b"\n"):
                data += self._control.recv(2**20)
            if not data:
                os._exit(0)
            request = msgspec.json.decode(data, type=Request)
            self._current = request.id
            self._handlers[type(request.body)](request.body, *fds)

    def _send(self, body: Ready | Started | Ended) -> None:
        self._control.sendall(msgspec.json.encode(Reply(self._current, body)) + b"\n")

    def _child(self, request: StartChild, fd: int) -> None:
        self._wait_for_the_dying()
        self._made_on = request.made_on
        self._keep_to_it(0)
        self._plan.prepare_fork(self._own_pid_namespace)
        pid = os.fork()
        if pid == 0:
            self._become_child(fd, request)
        self._plan.finish_fork(self._own_pid_namespace)
        os.close(fd)
        self._running.add(pid)
        self._send(Started(pid))

    def _keep_to_it(self, pid: int) -> None:
        """Bring this process (0) or a child to the processor that children are made on."""
        if self._made_on is not None:
            # It may have been taken from this machine since; then any other will do.
            with contextlib.suppress(OSError):
                os.sched_setaffinity(pid, {self._made_on})

    def _wait_for_the_dying(self) -> None:
        """Of the children of a server one at most runs a student's code.

        Another one, ordered ahead at tier A, waits confined for its first question; those before
        are gone.
        """
        for pid in self._dying:
            os.waitpid(pid, 0)
        self._dying.clear()

    def _become_child(self, fd: int, request: StartChild) -> None:
        """Confine this copy and answer questions; never returns."""
        code = 1
        try:
            os.dup2(fd, 3)
            os.closerange(4, 65536)
            run_child(3, self._shell, self._plan, request)
            code = 0
        finally:
            os._exit(code)

    def _template(self, request: StartTemplate, fd: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_template(request.cells, fd)
        os.close(fd)
        self._running.add(pid)
        self._send(Started(pid))

    def _become_template(self, cells: tuple[str, ...], fd: int) -> None:
        """Run the released cells and serve on; never returns."""
        from . import shell as shells

        try:
            self._control.close()
            self._control = socket.socket(fileno=fd)
            self._running, self._dying = set(), set()
            _die_with_parent()
            os.chdir("/tmp")
            failed = any(shells.run_cell(self._shell, cell) is not None for cell in cells)
            self._shell.notes.take()
            # What a child inherits is not looked through in the child, which would copy it.
            gc.freeze()
            fill_holes()
            self._current = 0
            self._send(Ready(not failed))
            if not failed:
                self.serve()
        finally:
            os._exit(1)

    def _reap(self, request: Reap) -> None:
        """Report how a child ended; one that has not after the grace is killed."""
        pid = request.pid
        if pid in self._running and not request.grace:
            # Ending a process takes 10 ms of the kernel's time; no one has to wait for it now.
            self._keep_to_it(pid)
            os.kill(pid, signal.SIGKILL)
            self._running.discard(pid)
            self._dying.add(pid)
        if pid not in self._running:
            self._send(Ended(None))
            return
        self._running.discard(pid)
        end = time.monotonic() + request.grace
        done, status = os.waitpid(pid, os.WNOHANG)
        while not done and time.monotonic() < end:
            time.sleep(0.001)
            done, status = os.waitpid(pid, os.WNOHANG)
        if not done:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        self._send(Ended(os.waitstatus_to_exitcode(status)))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        from . import libc

        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def run_child(fd: int, shell: Any, plan: Plan | Alone, request: StartChild) -> None:
    """Confine this process, say so, and answer questions until the grader hangs up."""
    from . import child
    from . import shell as shells
    from .channel import Channel
    from .protocol import Opening

    limits = plan.limits
    tempfile.tempdir = None
    sock = socket.socket(fileno=fd)
    channel = Channel(sock, limits.frame_bytes, request.patience)
    try:
        notes = shells.settle(shell, limits.output_bytes, plan.namespaces)
        plan.confine(request.core)
    except Exception as error:
        channel.send(Opening(f"{type(error).__name__}: {error}"[:500]))
        return
    channel.send(Opening())
    child.Server(channel, shell, notes, limits.frame_bytes).serve()
