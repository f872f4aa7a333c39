"""What the grader says to a fork server and what that answers: one line of JSON each.

Only trusted processes talk in this way. Both sides use this module, so it must not import anything
of the grader.
"""

from __future__ import annotations

import msgspec

from .limits import Limits


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a fork server is to confine its children; its first message."""

    limits: Limits
    namespaces: bool = False
    """Give each child a pid, mount and ipc namespace of its own and a private /tmp."""
    landlock: bool = False
    """Restrict files, TCP and signals."""
    uid: int | None = None
    """The uid of a child; None keeps ours (an ordinary user)."""
    secrets: tuple[str, ...] = ()
    """Paths that a child without Landlock must be unable to open."""
    alone: bool = False
    """Tier D: be a child, without fork and confinement."""
    stage: str = ""
    """An empty folder to build the root in."""


class StartChild(msgspec.Struct, frozen=True, tag=True):
    """Fork a confined child; its end of the channel comes along as a descriptor."""

    core: int | None = None
    """The processor that it keeps to; None for any."""
    made_on: int | None = None
    """The processor on which it is forked, and ended: the judge's, who sleeps meanwhile."""
    patience: float = 0.0
    """Seconds for which it looks for the next question before it sleeps."""


class StartTemplate(msgspec.Struct, frozen=True, tag=True):
    """Fork a server that has run these released cells; its control socket comes along."""

    cells: tuple[str, ...]


class Reap(msgspec.Struct, frozen=True, tag=True):
    """End a child, or wait for its end."""

    pid: int
    grace: float
    """Seconds in which it may end by itself."""


class Request(msgspec.Struct, frozen=True):
    """A numbered request."""

    id: int
    body: StartChild | StartTemplate | Reap


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The server stands. A template whose cells failed does not."""

    ok: bool = True


class Started(msgspec.Struct, frozen=True, tag=True):
    """A process was forked."""

    pid: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """How a process ended: its exit status, negative for a signal, None where nobody waited."""

    status: int | None


class Reply(msgspec.Struct, frozen=True):
    """The answer to the request of the same number; 0 for what was not asked for."""

    id: int
    body: Ready | Started | Ended
