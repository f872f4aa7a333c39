"""The grading engine: student code in confined processes, tests and points in this one.

Theory of operation
-------------------

A notebook is a program by a stranger. It is never run where anything is worth stealing or forging.
Four kinds of process work on it::

    command ── socket, msgpack ── worker ── control socket, JSON lines ── fork server
                                    │                                        │ fork
                                    ├──────── control socket ─────────── template
                                    │                                        │ fork
                                    ╞════════ channel, msgpack ══════════ child
                              trust boundary

*Command*. ``autograder grade``, a Dask worker or a container's harness. It holds the gradebook and
the names of students, hands notebooks to workers and kills those that overrun. It never loads
student code, torch or a test.

*Worker* (``grading/worker.py``), a few per command. It holds tests, the reference and expected
values, and judges: it runs otter's test functions against proxies of a student's names. It has a
memory limit and writes no file. It knows no student's name.

*Fork server* (``forkserver``), one per worker, started by exec with an empty environment, before
the worker has imported torch itself (``spawning``): both import at one time. It has imported
torch, numpy, matplotlib and IPython, has one thread and serves until its control socket closes. At
tier A it lives in namespaces and a root of its own, below a small *waiter* that passes its exit
status on. It never receives a test, an expected value or a line that a student wrote, so a child
that reads every byte it inherits finds none.

*Template*, a fork of the fork server that has run an exercise's released cells, so that they cost
nothing per submission. It runs released text only, and serves in the same way.

*Child* (``child``), one per exercise and submission, forked by a template. It gives up every right
(``confinement``: namespaces, limits, uid, capabilities, Landlock, seccomp), reports that, and only
then runs the student's first line. From there on it is in the student's hands. The one descriptor
it holds is the channel. It ends by SIGKILL, before the next child runs a line; at tier A, where the
two share no namespace, that one is made ready meanwhile and waits.

What crosses the trust boundary is plain data (``protocol``): the worker asks, the child answers in
turn, each question with a deadline and a random number that the answer must repeat. Calls that do
not depend on one another are asked for together. Two things come before they are asked for: what
names stand for, which holds until an answer says that one was bound anew, and the plain fields of
frozen data, which hold until the next question. The worker believes nothing of an answer beyond
"this value came back". Whatever is not the wire form of a value within the limits is a *protocol
violation* and ends the child. Nothing is unpickled.

Read in this order: ``limits``, ``layers`` and ``tiers`` (what a submission may use, what this
machine can enforce), ``protocol``, ``encoding``, ``decoding`` and ``channel`` (what crosses),
``messages``, ``spawning``, ``forkserver``, ``shell`` and ``child`` (the other side; these files are
loaded there as a package ``sandboxed``, without the grader), ``lean``, ``rehearsal`` and ``heap``
(why a child is quick), ``confinement`` with ``spaces``, ``landlock``, ``seccomp`` and ``libc``
(what the other side has lost), ``client`` and ``session`` (our end), ``proxies`` and ``merging``
(what a test sees), ``cores``, ``deadline``, ``judging``, ``questions``, ``attempt``, ``sentences``,
``context``, ``notebook`` and ``engine``.
"""

from typing import TYPE_CHECKING, Any

from .limits import Limits
from .tiers import Layer, TierReport, probe

if TYPE_CHECKING:
    from .engine import SandboxEngine

__all__ = ["NAME", "Layer", "Limits", "SandboxEngine", "TierReport", "probe"]

NAME = "sandbox-2"
"""The engine and its version; gradings by another one do not count as known."""


def __getattr__(name: str) -> Any:
    """Import the engine, and with it torch, only for those who grade."""
    if name == "SandboxEngine":
        from .engine import SandboxEngine

        return SandboxEngine
    raise AttributeError(f"module {__name__} has no attribute {name}")
