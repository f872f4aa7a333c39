"""The engine: one confined child per exercise, otter's own tests judged here against proxies."""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import cells
from autograder.course import lessons
from autograder.errors import EngineError, ServerGone
from autograder.model import GradingPackage, Notebook, NotebookOutcome

from . import NAME, judging, spawning
from .cores import own_cores
from .lean import leave_out_the_compiler
from .limits import Limits
from .messages import Settings, StartChild
from .tiers import TierReport, probe

if TYPE_CHECKING:
    from autograder.diagnosis.known import Known

    from .attempt import Texts
    from .client import Child, ForkServer, Server
    from .notebook import Untouched

TEMPLATES = 24
"""Templates kept per engine: one per exercise and one per lesson's set-up."""


class SandboxEngine:
    """Grades notebooks with the isolation this machine offers.

    Usable for thousands of notebooks, from one thread at a time.

    Args:
        limits: deadlines and sizes.
        tier: ``auto`` for the best there is, or ``A``, ``B``, ``C``, ``D``.
        public_first: judge the public tests of all exercises before any hidden one, where
            students see public results at once; cells then run twice.
        without: layers to leave out, for tests of the ladder: ``namespaces``, ``own uid``.
        secrets: paths that a child without Landlock must not be able to open; by default the
            grader's and the reference's own folders.

    Raises:
        EngineError: this machine cannot provide the tier asked for.
    """

    name = NAME

    def __init__(
        self,
        limits: Limits | None = None,
        tier: str = "auto",
        *,
        public_first: bool = False,
        without: tuple[str, ...] = (),
        secrets: tuple[str, ...] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        report = probe()
        self.tier = report.tier if tier == "auto" else tier
        self._settings = _settings(self.limits, self.tier, report, without, secrets)
        # Its imports take seconds; ours, torch and otter, run meanwhile.
        begun = None if self._settings.alone else spawning.begin(self._settings)
        from . import notebook  # noqa: F401, the first student's time does not pay for it
        from .client import ForkServer

        self._fork_server = None if begun is None else ForkServer(self._settings, begun)
        self._templates: OrderedDict[tuple[str, ...], Server] = OrderedDict()
        self._broken: set[tuple[str, ...]] = set()
        self._tests = judging.TestFiles()
        self._untouched: Untouched = {}
        self._known: dict[bytes, Known] = {}
        self._public_first = public_first
        self._request = StartChild()
        self._begun: list[Texts] = []
        """What the present notebook's children began with."""
        # The judge runs the reference, which trains.
        leave_out_the_compiler()

    def __enter__(self) -> SandboxEngine:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        """Run a student's notebook and judge every exercise of the lesson."""
        from .notebook import NotebookRun

        for text in package.tests.values():
            self._tests.cases(text)
        if not self._settings.alone:
            # The first student's time does not pay for the start.
            self._started()
        parts = cells.split(package, notebook)
        run = NotebookRun(
            self,
            self._tests,
            package,
            parts,
            self.limits,
            self._untouched,
            self._known_of(package),
        )
        with own_cores() as cores:
            self._request = cores.request() if cores else StartChild()
            self._begun.clear()
            sections = run.grade_public_tests_first() if self._public_first else run.grade()
        for released in self._begun[:1]:
            # The next notebook is most likely one of the same lesson.
            self.order_child(released)
        return NotebookOutcome(
            lesson=package.lesson,
            sections=sections,
            engine=self.name,
            tier=self.tier,
        )

    def _known_of(self, package: GradingPackage) -> Known:
        """What a package brings for a diagnosis, decoded once."""
        from autograder.diagnosis.known import decode_known

        if package.diagnosis not in self._known:
            self._known[package.diagnosis] = decode_known(package.diagnosis)
        return self._known[package.diagnosis]

    def start_child(self, released: Texts) -> tuple[Child, int]:
        """Start a confined child, from a template where one serves.

        Args:
            released: unchanged leading cells in groups (set-up, given); they are trusted text.

        Returns:
            The child and how many of the groups it has already run.
        """
        from . import client

        if self._settings.alone:
            return client.alone(self._settings), 0
        self._begun.append(released)
        for attempt in (1, 2):
            try:
                server, done = self._server(released)
                return server.child(self._request), done
            except ServerGone:
                # A server that was killed (say, for memory) is replaced once.
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def order_child(self, released: Texts) -> None:
        """Have a child made ready, which ``start_child`` will be asked for next.

        At tier A only: it shares no namespace with the child that is asked meanwhile, and runs
        nothing of a student's before that one is ended.
        """
        if self._settings.namespaces:
            # A server that is gone is replaced, and told of, when the child is wanted.
            with contextlib.suppress(ServerGone):
                self._server(released)[0].order(self._request)

    def _server(self, groups: Texts) -> tuple[Server, int]:
        server: Server = self._started()
        cells: list[str] = []
        for done, group in enumerate(groups):
            cells += group
            key = tuple(cells)
            if key in self._broken:
                return server, done
            found = self._templates.get(key) or self._new_template(server, key, group)
            if found is None:
                return server, done
            self._templates.move_to_end(key)
            server = found
        return server, len(groups)

    def _started(self) -> ForkServer:
        from .client import ForkServer

        if self._fork_server is None:
            self._fork_server = ForkServer(self._settings)
        fork_server = self._fork_server
        try:
            fork_server.wait()
        except EngineError:
            self._fork_server = None
            raise
        return fork_server

    def _new_template(
        self, parent: Server, key: tuple[str, ...], group: tuple[str, ...]
    ) -> Server | None:
        template = parent.template(group)
        if template is None:
            self._broken.add(key)
            return None
        while len(self._templates) >= TEMPLATES:
            self._templates.popitem(last=False)[1].close()
        self._templates[key] = template
        return template

    def close(self) -> None:
        """End the fork server and everything it started. The next notebook starts a new one."""
        fork_server, self._fork_server = self._fork_server, None
        for template in self._templates.values():
            template.hang_up()
        self._templates.clear()
        self._broken.clear()
        if fork_server is not None:
            fork_server.close()


def _settings(
    limits: Limits,
    tier: str,
    report: TierReport,
    without: tuple[str, ...],
    secrets: tuple[str, ...] | None,
) -> Settings:
    """Translate a tier into layers, each of which must then be there."""
    if tier not in ("A", "B", "C", "D"):
        raise EngineError(f"There is no tier {tier}; choose A, B, C or D.")
    if tier == "D":
        return Settings(limits=limits, alone=True)
    namespaces = tier == "A" or (tier == "C" and report.has("namespaces"))
    namespaces = namespaces and "namespaces" not in without
    own_uid = report.has("own uid") and "own uid" not in without
    needed = ["fork", "rlimits", "no_new_privs", "seccomp"]
    needed += ["namespaces"] if tier == "A" else []
    needed += ["landlock"] if tier in "AB" else []
    needed += ["own uid"] if tier == "C" and not namespaces else []
    for layer in report.layers:
        if layer.name in needed and not layer.available:
            raise EngineError(f"Tier {tier} needs {layer.name}: {layer.note}.")
    return Settings(
        limits=limits,
        namespaces=namespaces,
        landlock=tier in "AB",
        uid=_spare_uid() if own_uid else None,
        secrets=_secrets() if secrets is None else secrets,
    )


def _spare_uid() -> int:
    """A uid that no account has and no other engine on this machine uses."""
    high = 1_000_000_000 + os.getpid() * 16 + _spare_uid_count()
    with open("/proc/self/uid_map") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    if any(start <= high < start + count for start, _, count in ranges):
        return high
    # A container that maps few uids: stay below them, above ordinary accounts.
    return 30_000 + os.getpid() % 20_000


_engines = 0


def _spare_uid_count() -> int:
    global _engines
    _engines += 1
    return _engines % 16


def _secrets() -> tuple[str, ...]:
    """Whatever holds tests, expected values or answers: a child may open none of it."""
    import reference

    folders: list[Any] = [Path(__file__).parents[1], Path(str(reference.__file__)).parent]
    folders += [lessons.solutions_dir(), lessons.samples_dir(), lessons.workspace() / "dist"]
    return tuple(str(folder) for folder in folders)
