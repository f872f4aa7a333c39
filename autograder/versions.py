"""Which Python and torch grade."""

from __future__ import annotations

import platform
from collections.abc import Mapping


def python_version() -> str:
    """Return the Python that runs students' code here, such as ``3.11``."""
    return _minor(platform.python_version())


def graded_with(versions: Mapping[str, str]) -> str:
    """Return what grades, such as ``Python 3.11 and torch 2.13.0``, for pages and commands.

    Args:
        versions: by the names ``python`` and ``torch``, as a run records them.
    """
    torch = f"torch {versions['torch']}" if "torch" in versions else "no torch"
    return f"Python {_minor(versions['python'])} and {torch}"


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
