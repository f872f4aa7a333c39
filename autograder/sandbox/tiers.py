"""Which layers of confinement this machine offers, and the tier that follows.

A: all layers. B: no namespaces. C: no Landlock. D: a process of its own and deadlines only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import msgspec

_BOOT = """
import sys, types
package = types.ModuleType("sandboxed")
package.__path__ = [sys.argv[1]]
sys.modules["sandboxed"] = package
sys.path[:0] = sys.argv[2:]
from sandboxed.layers import main
main()
"""

MEANING = {
    "A": "all layers: namespaces, read-only root, rlimits, Landlock, seccomp",
    "B": "no namespaces: own uid, rlimits, Landlock, seccomp, no writable disk",
    "C": "no Landlock: tests and reference must be readable by root only",
    "D": "a separate process and deadlines only: not a sandbox; student code could read your files",
    "none": "no isolation",
}


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of confinement on this machine."""

    name: str
    available: bool
    note: str = ""
    """What is missing, where it is not available."""


class TierReport(msgspec.Struct, frozen=True):
    """What ``autograder doctor`` prints."""

    tier: str
    layers: tuple[Layer, ...]

    @property
    def meaning(self) -> str:
        """One line about the tier."""
        return MEANING[self.tier]

    @property
    def missing(self) -> tuple[Layer, ...]:
        """Layers that this machine lacks."""
        return tuple(layer for layer in self.layers if not layer.available)

    def has(self, name: str) -> bool:
        """Whether a layer is available."""
        return any(layer.name == name and layer.available for layer in self.layers)


@lru_cache(maxsize=1)
def probe() -> TierReport:
    """Try each layer in a process of its own (about 0.1 s, once)."""
    layers = _probe_linux() if sys.platform == "linux" else _not_linux()
    have = {layer.name for layer in layers if layer.available}
    return TierReport(_tier(have), layers)


def _tier(have: set[str]) -> str:
    if not {"no_new_privs", "seccomp", "rlimits", "fork"} <= have:
        return "D"
    if "namespaces" in have:
        return "A" if "landlock" in have else "C"
    if "landlock" in have:
        return "B"
    return "C" if "own uid" in have else "D"


def _probe_linux() -> tuple[Layer, ...]:
    paths = [p for p in sys.path if p.endswith("-packages")]
    here = str(Path(__file__).parent)
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _BOOT, here, *paths],
        env={"PATH": "/usr/bin"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    try:
        found = json.loads(result.stdout)
    except ValueError:
        return (
            Layer(
                name="probe", available=False, note=result.stderr.decode(errors="replace")[-300:]
            ),
        )
    return tuple(Layer(name=name, available=not note, note=note) for name, note in found.items())


def _not_linux() -> tuple[Layer, ...]:
    names = ("namespaces", "own uid", "rlimits", "no_new_privs", "landlock", "seccomp")
    fork = Layer(name="fork", available=hasattr(os, "fork"))
    return (
        *(Layer(name=n, available=False, note=f"{sys.platform} does not have it") for n in names),
        fork,
    )
