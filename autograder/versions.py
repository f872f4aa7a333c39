"""Which Python and torch grade."""

from __future__ import annotations

import importlib.metadata
import platform


def python_version() -> str:
    """Return the Python that runs students' code here, such as ``3.11``."""
    return ".".join(platform.python_version_tuple()[:2])


def graded_with() -> str:
    """Return what grades here, such as ``Python 3.11 and torch 2.13.0``, for pages and commands.

    The versions are read from what is installed, so that nobody has to import torch to ask.
    """
    try:
        torch = f"torch {importlib.metadata.version('torch')}"
    except importlib.metadata.PackageNotFoundError:
        torch = "no torch"
    return f"Python {python_version()} and {torch}"
