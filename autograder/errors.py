"""The one tree of errors that a person can mend.

::

    AutograderError
    ├── InvalidInput            an argument, option or file that cannot be used (also a ValueError)
    │   ├── IntakeError         the instructor's own path cannot be used at all
    │   ├── GradebookError      the output folder or its gradebook cannot be used
    │   └── Unreadable          one item handed in cannot be read: costs that submission only
    │       └── UnreadableNotebook
    └── EngineError             nothing can be graded on this machine (also a RuntimeError)
        ├── PoolError           no worker can be started
        └── ServerGone          the fork server has ended; the engine starts another

Every message is a sentence for people, except those of Unreadable, which are phrases that complete
a sentence beginning with the item's name. Whatever is not in this tree is a fault of ours and keeps
its traceback. The errors of the protocol are in ``sandbox/protocol.py``, because the child's side
loads that file alone; ``ChildDied`` and ``JudgingTooLong`` are BaseExceptions, so that no test can
swallow them.
"""

from __future__ import annotations


class AutograderError(Exception):
    """Something a person can mend; the command line prints it as one sentence."""


class InvalidInput(AutograderError, ValueError):
    """An argument, an option or a file of the instructor's or author's cannot be used."""


class IntakeError(InvalidInput):
    """The instructor's own path cannot be used at all."""


class GradebookError(InvalidInput):
    """The gradebook cannot be used."""


class Unreadable(InvalidInput):
    """One item cannot be read; the message completes a sentence that begins with its name."""


class UnreadableNotebook(Unreadable):
    """The bytes are not a notebook."""


class EngineError(AutograderError, RuntimeError):
    """The isolation that was asked for cannot be had, or the engine cannot run."""


class ServerGone(EngineError):
    """The fork server has ended; nothing is wrong with the work it was given."""


class PoolError(EngineError):
    """No worker can be started at all."""
