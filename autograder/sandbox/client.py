"""The grader's end: starts the fork server, asks it for children, learns how they ended."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
import subprocess
import time
from typing import TypeVar

import msgspec

from autograder.errors import EngineError, ServerGone

from . import spaces
from .channel import Channel
from .limits import Limits
from .messages import (
    Ended,
    Ready,
    Reap,
    Reply,
    Request,
    Settings,
    StartChild,
    Started,
    StartTemplate,
)
from .protocol import ConnectionLost, DeadlinePassed, Opening, ProtocolError, read
from .spawning import Begun, begin

T = TypeVar("T", Ready, Started, Ended)
logger = logging.getLogger("autograder.sandbox")
START_SECONDS = 180.0
CONFINE_SECONDS = 20.0


class Control:
    """A line of JSON out, a line of JSON back, over one socket of a server or template."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._asked = 0

    def send(self, body: StartChild | StartTemplate | Reap, fd: int | None = None) -> int:
        """Send a request, with a descriptor if one is given, and return its number.

        Raises:
            ServerGone: the server is gone.
        """
        self._asked += 1
        data = msgspec.json.encode(Request(self._asked, body)) + b"\n"
        try:
            sent = socket.send_fds(self._socket, [data], [] if fd is None else [fd])
            self._socket.sendall(data[sent:])
        except OSError as error:
            raise ServerGone(f"The fork server is gone ({error}).") from None
        return self._asked

    def answer(self, number: int, kind: type[T], seconds: float = 30.0) -> T:
        """Return the answer to a request; those to earlier ones are passed over.

        A judging deadline may have kept us from reading them.

        Raises:
            ServerGone: the server is gone or does not answer.
        """
        while True:
            reply = self._hear(seconds)
            if reply.id == number and isinstance(reply.body, kind):
                return reply.body

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait for the server's first message; False where its cells failed.

        Raises:
            ServerGone: the server is gone or does not answer.
        """
        body = self._hear(seconds).body
        return isinstance(body, Ready) and body.ok

    def _hear(self, seconds: float) -> Reply:
        end = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            left = end - time.monotonic()
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            if left <= 0 or not poller.poll(left * 1000):
                raise ServerGone(f"The fork server did not answer within {seconds:.0f} s.")
            try:
                part = self._socket.recv(65536)
            except OSError:
                part = b""  # killed with a request of ours unread
            if not part:
                raise ServerGone("The fork server ended unexpectedly.")
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        return msgspec.json.decode(line, type=Reply)

    def close(self) -> None:
        """Hang up; the other end exits."""
        self._socket.close()


class Child:
    """One confined process and the channel to it."""

    def __init__(self, server: Server | None, pid: int, channel: Channel) -> None:
        self._server = server
        self.pid = pid
        self.channel = channel
        self._status: int | None = None
        self._ended = False

    def end(self, wait_for_it: bool = False) -> int | None:
        """Stop the process, if it still runs, and return its exit status (negative: signal).

        Args:
            wait_for_it: the process is ending by itself; give it a moment, to learn how.
        """
        if not self._ended:
            self._ended = True
            if wait_for_it:
                self.channel.close()
            try:
                if self._server is not None:
                    self._status = self._server.reap(self.pid, wait_for_it)
            finally:
                # Not before it is killed: it would hear of it and take its last steps itself.
                self.channel.close()
        return self._status


class _Ordered:
    """A child that was asked for; how it came out is read when something else is asked."""

    def __init__(self, number: int, channel: Channel) -> None:
        self.number = number
        self.channel = channel
        self.child: Child | None = None


class Server:
    """A fork server or a template: something that can be asked for children."""

    def __init__(self, control: Control, limits: Limits) -> None:
        self._control = control
        self._limits = limits
        self._ordered: _Ordered | None = None

    def order(self, request: StartChild) -> _Ordered:
        """Have a child forked and confined while we do other things, unless one is ordered.

        Raises:
            ServerGone: the server is gone.
        """
        if self._ordered is None:
            ours, theirs = socket.socketpair()
            with theirs:
                number = self._control.send(request, theirs.fileno())
            channel = Channel(ours, self._limits.frame_bytes, request.patience)
            self._ordered = _Ordered(number, channel)
        return self._ordered

    def child(self, request: StartChild) -> Child:
        """Return a confined child: the one that was ordered, else a new one.

        Raises:
            EngineError: a layer of confinement failed.
        """
        if self._ordered is not None:
            # One that has ended while it waited, for want of memory say, is no student's fault.
            with contextlib.suppress(EngineError):
                child = self._take(self._ordered)
                if not child.channel.is_closed():
                    return child
                child.end()
        return self._take(self.order(request))

    def _take(self, ordered: _Ordered) -> Child:
        child = self._forked(ordered)
        self._ordered = None
        _expect_confined(child)
        return child

    def _forked(self, ordered: _Ordered) -> Child:
        """Read the answer to an order; it comes before that to anything asked later."""
        if ordered.child is None:
            pid = self._control.answer(ordered.number, Started).pid
            ordered.child = Child(self, pid, ordered.channel)
        return ordered.child

    def _ask(self, body: StartTemplate | Reap, kind: type[T], fd: int | None = None) -> T:
        if self._ordered is not None:
            self._forked(self._ordered)
        return self._control.answer(self._control.send(body, fd), kind)

    def template(self, cells: tuple[str, ...]) -> Server | None:
        """Fork a server that has run these released cells; None where one of them failed."""
        ours, theirs = socket.socketpair()
        with theirs:
            pid = self._ask(StartTemplate(cells), Started, theirs.fileno()).pid
        control = Control(ours)
        try:
            if control.wait_until_ready(self._limits.template_seconds):
                return Template(control, self._limits, self, pid)
        except EngineError:
            pass
        control.close()
        self.reap(pid)
        return None

    def reap(self, pid: int, wait_for_it: bool = False) -> int | None:
        """End a child, or wait for its end, and return its exit status."""
        return self._ask(Reap(pid, 0.5 if wait_for_it else 0.0), Ended).status

    def hang_up(self) -> None:
        """Close our end; the other one exits when it notices."""
        self._control.close()

    def close(self) -> None:
        """Let go of the server."""
        self.hang_up()


class Template(Server):
    """A server forked from another."""

    def __init__(self, control: Control, limits: Limits, parent: Server, pid: int) -> None:
        super().__init__(control, limits)
        self._parent = parent
        self._pid = pid

    def close(self) -> None:
        """End the template and its children."""
        super().close()
        self._parent.reap(self._pid)


class ForkServer(Server):
    """The fork server's process, started by exec."""

    def __init__(self, settings: Settings, begun: Begun | None = None) -> None:
        begun = begun or begin(settings)
        self._stage, self._since, self._process = begun.stage, begun.since, begun.process
        super().__init__(Control(begun.control), settings.limits)
        self._ready = False

    def wait(self) -> None:
        """Wait until the server has imported everything; it does so while we do other things.

        Raises:
            EngineError: it could not start; the message holds what it said.
        """
        if self._ready:
            return
        try:
            self._control.wait_until_ready(START_SECONDS)
        except EngineError as error:
            detail = self._stop()
            raise EngineError(f"{error} {detail}".strip()) from None
        spaces.remove_stage(self._stage)
        seconds = time.monotonic() - self._since
        logger.info("fork server %d ready after %.2f s", self._process.pid, seconds)
        self._ready = True

    def close(self) -> None:
        """End the server and everything it started."""
        self._stop()

    def _stop(self) -> str:
        self._control.close()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        spaces.remove_stage(self._stage)
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            return stream.read().decode(errors="replace").strip()[-800:]


def alone(settings: Settings) -> Child:
    """Start a child of its own for tier D: no fork, no confinement."""
    begun = begin(settings)
    channel = Channel(begun.control, settings.limits.frame_bytes)
    child = SpawnedChild(begun.process, channel, begun.stage)
    _expect_confined(child, START_SECONDS)
    return child


class SpawnedChild(Child):
    """A child that is a process of ours rather than of a fork server."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel, stage: str) -> None:
        super().__init__(None, process.pid, channel)
        self._process = process
        self._stage = stage

    def end(self, wait_for_it: bool = False) -> int | None:
        """Stop the process and everything in its process group."""
        if not self._ended:
            self._ended = True
            self.channel.close()
            self._status = self._wait(0.5 if wait_for_it else 0.0)
            assert self._process.stderr is not None
            self._process.stderr.close()
            spaces.remove_stage(self._stage)
        return self._status

    def _wait(self, seconds: float) -> int:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            # What it started is in its group, and may have outlived it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _expect_confined(child: Child, seconds: float = CONFINE_SECONDS) -> None:
    try:
        opening = read(child.channel.receive(seconds), Opening)
    except (ProtocolError, ConnectionLost, DeadlinePassed) as error:
        status = child.end(wait_for_it=True)
        raise EngineError(
            f"A child could not be confined ({type(error).__name__}, exit status {status})."
        ) from None
    if opening.problem:
        child.end()
        raise EngineError(f"A child could not be confined: {opening.problem}")
