"""The grading engine: student code in a confined process, tests and scores in this one.

Read in this order: ``protocol`` (what crosses), ``zygote`` and ``child`` (the other side),
``confinement`` with ``spaces``, ``landlock`` and ``seccomp`` (what the other side has lost),
``client`` and ``session`` (our end), ``proxies`` (what a test sees), ``judging``, ``grading`` and
``engine``.
"""

from .client import EngineError
from .engine import SandboxEngine
from .limits import Limits
from .probe import Layer, TierReport, probe

__all__ = ["EngineError", "Layer", "Limits", "SandboxEngine", "TierReport", "probe"]
