"""Logging for ``--verbose`` and ``--debug``, in the command and in the processes that it starts."""

from __future__ import annotations

import logging
import os

VARIABLE = "AUTOGRADER_LOG"
"""The level at which processes started from here log to the same terminal; unset for silence."""

logging.getLogger("autograder").addHandler(logging.NullHandler())


def log_to_terminal(level: str) -> None:
    """Log to standard error from this level on, here and in every process started from now on."""
    os.environ[VARIABLE] = level
    logging.basicConfig(format="%(asctime)s %(process)d %(name)s: %(message)s")
    logging.getLogger("autograder").setLevel(level)


def log_as_told() -> None:
    """Log as the process that started this one does."""
    if level := os.environ.get(VARIABLE):
        log_to_terminal(level)
