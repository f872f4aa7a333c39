"""The IPython shell that runs a student's cells: created once in the fork server, then forked.

Nothing here protects the grader: it makes notebook habits (magics, ``input()``, ``!pip``,
``plt.show()``, endless printing) behave sensibly and leaves notes for the student's page.
"""

from __future__ import annotations

import builtins
import io
import os
import re
import socket
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

NOTES = ("input", "command", "network", "process", "output")
"""The notes a child may leave; the grader has the sentences."""

_AUDITED = {
    "subprocess.Popen": "process",
    "os.system": "process",
    "os.fork": "process",
    "os.forkpty": "process",
    "os.posix_spawn": "process",
    "os.exec": "process",
    "socket.__new__": "network",
    "socket.connect": "network",
    "socket.getaddrinfo": "network",
    "urllib.Request": "network",
}
_FOR_IPYTHON = re.compile(
    r"[?\r\f]|!(?!=)|=\s*%|^[^\S\n]+$|^\s*(?:[%,;/]|>>>|In\s*\[|\.{3,}:)", re.MULTILINE
)
"""Magics, help, shell commands, prompts, what may be one of them, and lines of spaces alone."""
_ASSIGNMENT = re.compile(r"\w+ = ")
"""In a single line a bare name may be a magic, and more is called without parentheses."""


class Notes:
    """What the student's code tried, each kind once per question from the grader."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()

    def add(self, kind: str) -> None:
        """Remember one kind."""
        self._kinds.add(kind)

    def take(self) -> list[str]:
        """Return and forget the kinds."""
        kinds, self._kinds = sorted(self._kinds), set()
        return kinds

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Audit hook: notice attempts that the kernel will refuse."""
        kind = _AUDITED.get(event)
        if kind is not None:
            self._kinds.add(kind)


class Sink(io.TextIOBase):
    """Swallows printed text and notes when it was too much."""

    encoding = "utf-8"

    def __init__(self, notes: Notes, cap: int) -> None:
        self._notes = notes
        self._left = cap

    def write(self, text: str) -> int:
        """Count and drop."""
        self._left -= len(text)
        if self._left < 0:
            self._notes.add("output")
        return len(text)

    def writable(self) -> bool:
        """Yes."""
        return True


class InputRefused(EOFError):
    """``input()`` while grading."""


class ExitCalled(SystemExit):
    """``exit()`` or ``quit()``, which in Jupyter end the kernel."""


def is_plain(source: str) -> bool:
    """Whether a cell surely holds nothing that only IPython reads.

    IPython looks for that in each cell for as long as most cells run.
    """
    one_line = len(source.splitlines()) == 1
    begins = _ASSIGNMENT.match(source) if one_line else source[:1].strip()
    return bool(begins) and _FOR_IPYTHON.search(source) is None


def make_shell(folder: str) -> Any:
    """Create the shell; ``folder`` takes IPython's profile and can be deleted afterwards."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.automagic = True
    shell = _shell_class().instance(config=config, ipython_dir=folder)
    shell.db = {}
    shell.notes = Notes()
    _refuse_shell_magics(shell)
    return shell


def _shell_class() -> Any:
    """A shell that starts no program, shows nothing and has no window."""
    from IPython.core.interactiveshell import InteractiveShell

    hook, publisher = _display_classes()

    class QuietShell(InteractiveShell):
        displayhook_class = hook
        display_pub_class = publisher
        notes: Notes

        def enable_gui(self, gui: Any = None) -> None:
            return

        def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
            return "agg", "agg"

        def ask_exit(self) -> None:
            raise ExitCalled

        def showtraceback(self, *args: Any, **kwargs: Any) -> None:
            return

        def showsyntaxtraceback(self, *args: Any, **kwargs: Any) -> None:
            return

        def transform_cell(self, raw_cell: str) -> str:
            if not is_plain(raw_cell):
                return str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]
            return raw_cell if raw_cell.endswith("\n") else f"{raw_cell}\n"

        def system(self, cmd: str) -> None:
            self.notes.add("command")

        def getoutput(self, cmd: str, *args: Any, **kwargs: Any) -> list[str]:
            self.notes.add("command")
            return []

    return QuietShell


def _display_classes() -> tuple[Any, Any]:
    """What keeps the value of a cell without showing it, and what drops ``display``."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher

    class QuietHook(DisplayHook):
        def __call__(self, result: Any = None) -> None:
            ours: Any = self
            ours.check_for_underscore()
            if result is not None and not ours.quiet():
                ours.update_user_ns(result)

    class QuietPublisher(DisplayPublisher):
        def publish(self, *args: Any, **kwargs: Any) -> None:
            return

    return QuietHook, QuietPublisher


def _refuse_shell_magics(shell: Any) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        shell.notes.add("command")

    for name in ("pip", "conda", "mamba", "micromamba", "uv", "system", "sx"):
        shell.register_magic_function(refuse, "line", name)
    for name in ("bash", "sh", "script", "cmd", "sx", "system", "!", "perl", "ruby", "python3"):
        shell.register_magic_function(refuse, "cell", name)


def stub_otter() -> types.ModuleType:
    """Return a module that takes the calls a notebook makes and does nothing.

    The real one looks for the notebook's file.
    """

    class Notebook:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            pass

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return lambda *args, **kwargs: None

    module = types.ModuleType("otter")
    module.Notebook = Notebook  # type: ignore[attr-defined]
    return module


def quiet_plots() -> None:
    """Make ``plt.show()`` close the figures: nobody sees them, and they hold memory."""
    import matplotlib.pyplot as plt

    def show(*args: Any, **kwargs: Any) -> None:
        plt.close("all")

    plt.show = show


def settle(shell: Any, output_bytes: int, private_disk: bool) -> Notes:
    """Last steps in the child, before its rights are gone: loop, output, input, audit hook.

    Args:
        shell: the shell.
        output_bytes: how much may be printed.
        private_disk: whether the working directory is the child's own, so that modules written
            there (``%%writefile``) may be imported as in Jupyter.
    """
    _loop_when_wanted()
    notes: Notes = shell.notes
    if private_disk:
        sys.path.insert(0, "")
    sys.stdin = io.StringIO()
    sys.stdout = sys.__stdout__ = Sink(notes, output_bytes)  # type: ignore[misc, assignment]
    sys.stderr = sys.__stderr__ = Sink(notes, output_bytes)  # type: ignore[misc, assignment]
    warnings.simplefilter("ignore")

    def refuse_input(prompt: object = "") -> str:
        notes.add("input")
        raise InputRefused("input() has nobody to ask while grading")

    builtins.input = refuse_input
    shell.raw_input = refuse_input
    sys.addaudithook(notes.audit)
    return notes


def _loop_when_wanted() -> None:
    """Let IPython make its event loop when a cell first awaits: few do, and it takes 1 ms.

    The loop wakes itself through a pair of sockets, which has to be made while sockets may be.
    """
    from IPython.core import async_helpers

    make: Callable[[], Any] = async_helpers.get_asyncio_loop
    pair = socket.socketpair()

    def get_asyncio_loop() -> Any:
        make_pair, socket.socketpair = socket.socketpair, lambda *_, **__: pair
        try:
            return make()
        finally:
            socket.socketpair = make_pair

    async_helpers.get_asyncio_loop = get_asyncio_loop


def run_cell(shell: Any, source: str) -> BaseException | None:
    """Run one cell as a notebook would; return what it raised."""
    # A file written since the last import is seen, also within one tick of the disk's clock.
    sys.path_importer_cache.pop(os.getcwd(), None)
    result = shell.run_cell(source, store_history=True)
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error
