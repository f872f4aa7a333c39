"""The grading engine: student code in a confined process, tests and scores in this one.

Read in this order: ``protocol`` (what crosses), ``forkserver`` and ``child`` (the other side),
``confinement`` with ``spaces``, ``landlock`` and ``seccomp`` (what the other side has lost),
``client`` and ``session`` (our end), ``proxies`` (what a test sees), ``judging``, ``grading`` and
``engine``.
"""

from typing import TYPE_CHECKING, Any

from .limits import Limits
from .probe import Layer, TierReport, probe

if TYPE_CHECKING:
    from .engine import SandboxEngine

__all__ = ["NAME", "Layer", "Limits", "SandboxEngine", "TierReport", "probe"]

NAME = "sandbox-1"
"""The engine and its version; gradings by another one do not count as known."""


def __getattr__(name: str) -> Any:
    """Import the engine, and with it torch, only for those who grade."""
    if name in ("SandboxEngine"):
        from . import engine

        return getattr(engine, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
