"""Frames over a stream socket: eight bytes of length and one msgpack value."""

from __future__ import annotations

import math
import os
import select
import socket
import time

from .protocol import (
    HEAD_BYTES,
    ConnectionLost,
    DeadlinePassed,
    ProtocolError,
    TooLarge,
    Wire,
    frame,
    unpack,
)

READ_BYTES = 2**16
"""Asked for at a time, at least: one call then brings a whole frame of the usual size."""


class Channel:
    """Frames over a stream socket, with deadlines and a cap in both directions.

    Args:
        sock: the socket.
        max_bytes: of one frame.
        patience: seconds for which to look for a frame before sleeping until it comes; 0 where
            both sides share a processor.
    """

    def __init__(self, sock: socket.socket, max_bytes: int, patience: float = 0.0) -> None:
        self._socket = sock
        self._fd = sock.fileno()
        self._max_bytes = max_bytes
        self._patience = patience
        self._buffer = bytearray()
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._fd, select.POLLIN)
        self._writable.register(self._fd, select.POLLOUT)
        self.received_bytes = 0
        sock.setblocking(False)

    def send(self, *wires: Wire, seconds: float | None = None) -> None:
        """Write frames.

        Raises:
            TooLarge: a frame is over the cap; nothing was sent.
            DeadlinePassed, ConnectionLost: the other side does not read.
        """
        frames = [frame(wire) for wire in wires]
        if any(len(data) > self._max_bytes + HEAD_BYTES for data in frames):
            raise TooLarge(f"a message of more than {self._max_bytes:,} bytes")
        view = memoryview(frames[0] if len(frames) == 1 else b"".join(frames))
        end = _end(seconds)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                _wait(self._writable, end)
            except OSError:
                raise ConnectionLost from None

    def receive(self, seconds: float | None = None, *, soon: bool = True) -> Wire:
        """Read one frame, with patience if it is to come soon.

        Raises:
            ProtocolError: over the cap or malformed.
            DeadlinePassed, ConnectionLost: no whole frame came.
        """
        end = _end(seconds)
        if soon and self._patience and not self._buffer:
            self._look()
        self._fill(HEAD_BYTES, end)
        size = int.from_bytes(self._buffer[:HEAD_BYTES], "little")
        if size > self._max_bytes:
            raise ProtocolError(f"a message of {size:,} bytes")
        self.received_bytes += size
        self._fill(HEAD_BYTES + size, end)
        with memoryview(self._buffer) as view:
            data = view[HEAD_BYTES : HEAD_BYTES + size].tobytes()
        del self._buffer[: HEAD_BYTES + size]
        return unpack(data)

    def _fill(self, size: int, end: float | None) -> None:
        """Read until the buffer holds so many bytes."""
        while (missing := size - len(self._buffer)) > 0:
            _wait(self._readable, end)
            try:
                part = os.read(self._fd, min(max(missing, READ_BYTES), 2**20))
            except BlockingIOError:
                continue
            except OSError:
                raise ConnectionLost from None
            if not part:
                raise ConnectionLost
            self._buffer += part

    def _look(self) -> None:
        """Look for something to read, without sleeping, as long as patience lasts."""
        end = time.monotonic() + self._patience
        while not self._readable.poll(0) and time.monotonic() < end:
            os.sched_yield()

    def is_closed(self) -> bool:
        """Whether the other side has hung up and left nothing to read."""
        if self._buffer or not self._readable.poll(0):
            return False
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _wait(poller: select.poll, end: float | None) -> None:
    left = None if end is None else end - time.monotonic()
    if left is not None and left <= 0:
        raise DeadlinePassed
    if not poller.poll(None if left is None else math.ceil(left * 1000)):
        raise DeadlinePassed


def _end(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
