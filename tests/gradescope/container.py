"""A Gradescope container under a scratch root, with the rights that a default one has.

Docker itself is not needed. A launcher takes away what a default container takes away (its
capability set, and the namespace and mount calls that its seccomp profile refuses), then runs the
scripts of the zip as Gradescope does.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.course.container import (
    DISTRIBUTION,
    TEMPLATES,
)

ROOT = os.geteuid() == 0
"""An ordinary user has no capabilities to lose; the scripts and marks are tested all the same."""

LAUNCHER = """
import ctypes, errno, os, sys
import pyseccomp as seccomp

KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}  # Docker's default capabilities
filter = seccomp.SyscallFilter(seccomp.ALLOW)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
administrator = int(status["CapEff"], 16) >> 21 & 1
# A default container has its filter without no_new_privs; only an administrator can do the same.
filter.set_attr(seccomp.Attr.CTL_NNP, 1 - administrator)
for name in ("unshare", "setns", "mount", "umount2", "pivot_root", "ptrace", "bpf", "keyctl"):
    filter.add_rule(seccomp.ERRNO(errno.EPERM), name)
filter.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
NEW_USER = 0x10000000
filter.add_rule(
    seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, NEW_USER, NEW_USER)
)
if sys.argv[1] == "C":  # a kernel without Landlock
    for name in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
        filter.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
filter.load()
libc = ctypes.CDLL(None)
for capability in range(41):
    if capability not in KEPT:
        libc.prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[2], sys.argv[2:])
"""

PROBE = """
import os

for path in {paths!r}:
    try:
        content = open(path, "rb").read() if not os.path.isdir(path) else os.listdir(path)
        prediction_router = "PWNED read " + path
    except OSError:
        pass
try:
    open({results!r}, "w").write("PWNED")
    prediction_router = "PWNED wrote results.json"
except OSError:
    pass
"""


class Container:
    """Gradescope's folders under a scratch root, prepared by the zip's own ``setup.sh``."""

    def __init__(self, root: Path, archive: bytes) -> None:
        self.root = root
        self.source = root / "autograder" / "source"
        self.source.mkdir(parents=True)
        (root / "stock.zip").write_bytes(archive)
        with zipfile.ZipFile(root / "stock.zip") as opened:
            opened.extractall(self.source)
        shutil.copy(self.source / "run_autograder", root / "autograder" / "run_autograder")
        make_environment(root / "opt" / "autograder" / "venv", pinned())
        self._run(
            "B", "/bin/bash", str(self.source / "setup.sh"), root=root, AUTOGRADER_OFFLINE="1"
        )

    def grade(self, files: dict[str, bytes], tier: str = "B") -> dict[str, Any]:
        """Hand files in and return ``results.json``, as Gradescope reads it.

        Each call has folders of its own that share the prepared source, as containers of one
        image do.
        """
        root = Path(tempfile.mkdtemp(dir=self.root, prefix="submission-"))
        root.chmod(0o755)
        folder = root / "autograder"
        for name in ("submission", "results"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(self.source, folder / "source")
        (root / "opt").symlink_to(self.root / "opt")
        for name, content in files.items():
            (folder / "submission" / name).write_bytes(content)
        (folder / "submission_metadata.json").write_text(METADATA)
        self._run(tier, "/bin/bash", str(self.root / "autograder" / "run_autograder"), root=root)
        document: dict[str, Any] = json.loads((folder / "results" / "results.json").read_text())
        return document

    def _run(self, tier: str, *command: str, root: Path, **extra: str) -> None:
        launcher = [sys.executable, "-c", LAUNCHER, tier] if ROOT else []
        done = subprocess.run(
            [*launcher, *command],
            env={"PATH": "/usr/bin:/bin", "AUTOGRADER_ROOT": str(root), **extra},
            cwd=root,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


METADATA = json.dumps(
    {
        "id": 1,
        "created_at": "2026-11-20T14:22:32.365935-07:00",
        "assignment": {"due_date": "2026-11-30T23:00:00.000000-07:00", "title": "Lesson"},
        "submission_method": "upload",
        "users": [{"email": "ada@example.com", "id": 1234, "name": "Ada Example"}],
        "previous_submissions": [],
    }
)


def make_environment(folder: Path, names: set[str]) -> None:
    """Stand in for the networked part of an installation: a venv with what is installed here.

    Only pip and the distributions of ``names`` are linked in, and never this one: what a list of
    requirements forgets is missing. This package is installed by the test itself.
    """
    venv.create(folder, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = folder / "lib" / version / "site-packages"
    site = Path(sysconfig.get_path("purelib"))
    for entry in top_entries({"pip", *names} - {DISTRIBUTION}):
        (target / entry).symlink_to(site / entry)
    # nbconvert looks for its templates there.
    (folder / "share").symlink_to(Path(sys.prefix) / "share")


def top_entries(names: set[str]) -> set[str]:
    """What these distributions put into site-packages."""
    files = [path for name in names for path in importlib.metadata.files(name) or ()]
    return {path.parts[0] for path in files} - {"..", "__pycache__"}


def required(name: str) -> set[str]:
    """A distribution and all that it requires, by name."""
    found: set[tuple[str, str]] = set()
    waiting = [(name, "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            for need in map(Requirement, importlib.metadata.requires(name) or ()):
                if need.marker is None or need.marker.evaluate({"extra": extra}):
                    wanted = canonicalize_name(need.name)
                    waiting += [(wanted, more) for more in ("", *need.extras)]
    return {name for name, _ in found}


def pinned() -> set[str]:
    """What setup.sh installs: the pinned requirements, and torch with what it requires."""
    lines = (TEMPLATES / "requirements.txt").read_text().splitlines()
    return {line.split("==")[0] for line in lines if "==" in line} | required("torch")
