"""Frames over a stream socket: eight bytes of length and one msgpack value."""

from __future__ import annotations

import math
import os
import select
import socket
import struct
import time

from .protocol import ConnectionLost, DeadlinePassed, ProtocolError, TooLarge, Wire, pack, unpack


class Channel:
    """Frames over a stream socket, with deadlines and a cap in both directions."""

    def __init__(self, sock: socket.socket, max_bytes: int) -> None:
        self._socket = sock
        self._fd = sock.fileno()
        self._max_bytes = max_bytes
        self.received_bytes = 0
        sock.setblocking(False)

    def send(self, wire: Wire, seconds: float | None = None) -> None:
        """Write one frame.

        Raises:
            TooLarge: the frame is over the cap; nothing was sent.
            DeadlinePassed, ConnectionLost: the other side does not read.
        """
        data = pack(wire)
        if len(data) > self._max_bytes:
            raise TooLarge(f"a message of more than {self._max_bytes:,} bytes")
        view = memoryview(struct.pack("<Q", len(data)) + data)
        end = _end(seconds)
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                self._wait(end, write=True)
            except OSError:
                raise ConnectionLost from None

    def receive(self, seconds: float | None = None) -> Wire:
        """Read one frame.

        Raises:
            ProtocolError: over the cap or malformed.
            DeadlinePassed, ConnectionLost: no whole frame came.
        """
        end = _end(seconds)
        (size,) = struct.unpack("<Q", self._read(8, end))
        if size > self._max_bytes:
            raise ProtocolError(f"a message of {size:,} bytes")
        self.received_bytes += size
        return unpack(bytes(self._read(size, end)))

    def _read(self, size: int, end: float | None) -> bytearray:
        data = bytearray()
        while len(data) < size:
            try:
                part = os.read(self._fd, min(size - len(data), 2**20))
            except BlockingIOError:
                self._wait(end, write=False)
                continue
            except OSError:
                raise ConnectionLost from None
            if not part:
                raise ConnectionLost
            data += part
        return data

    def _wait(self, end: float | None, write: bool) -> None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlinePassed
        poller = select.poll()
        poller.register(self._fd, select.POLLOUT if write else select.POLLIN)
        if not poller.poll(None if left is None else math.ceil(left * 1000)):
            raise DeadlinePassed

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _end(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds
