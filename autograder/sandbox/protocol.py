"""What crosses the socket between the grader and a student's process: frames of plain data.

A frame is eight bytes of length and one msgpack value made only of None, booleans, 64-bit integers,
floats, text, bytes and arrays. Every array is a *tagged list*: its first entry is one of the tags
below and says how to read the rest. The decoder builds the types named here and nothing else; it
never unpickles, evaluates, imports or looks up a name that a student's process sent.

Both sides use this module, so it must not import anything of the grader.
"""

from __future__ import annotations

import math
import operator
import os
import select
import socket
import struct
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import torch

Wire = Any
"""A msgpack value as msgspec returns it."""

MAX_DEPTH = 32
MAX_ITEMS = 1_000_000
MAX_DIMENSIONS = 16
COUNT_FROM = 2**20
MAX_INT_BYTES = 512
"""Larger integers cost the judge more than they can be worth (10**1232 still fits)."""
MAX_SAME_HASH = 64
"""Keys of one hash: a set of 20,000 of them took the judge 8 s inside one call of C, and the time
grows with the square."""
MAX_EMPTY = 2**16
"""Bound on the product of the other sizes of an empty tensor: (2**29, 0) is free to send, and one
``tolist()`` of it took 23 GB."""

(LIST, TUPLE, SET, FROZENSET, DICT, ELLIPSIS, INTEGER, COMPLEX, SCALAR, ARRAY, TENSOR, DTYPE, SIZE,
 TORCH_GENERATOR, NUMPY_GENERATOR, HANDLE, SLICE) = range(17)  # fmt: skip

REQUIRES_GRAD, LEAF, PARAMETER = 1, 2, 4

_SHARED = "bool int8 uint8 int16 int32 int64 float16 float32 float64 complex64 complex128"
TORCH_DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in [*_SHARED.split(), "bfloat16"]
}
TORCH_NAMES = {dtype: name for name, dtype in TORCH_DTYPES.items()}
NUMPY_DTYPES = {
    np.dtype(name).str: np.dtype(name) for name in [*_SHARED.split(), "uint16", "uint32", "uint64"]
}
TORCH_STATE_BYTES = torch.Generator().get_state().numel()
MERSENNE_WORDS = 624
_PLAIN_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)


class ProtocolError(Exception):
    """Bytes that are not a value of this protocol, or one beyond its limits."""


class ConnectionLost(Exception):
    """The other side closed the socket."""


class DeadlinePassed(Exception):
    """The other side did not answer in time."""


class TooLarge(Exception):
    """A value that this side was asked to send does not fit the limits."""


def _no_ext(code: int, data: memoryview) -> Any:
    raise ProtocolError(f"extension type {code}")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ext_hook=_no_ext)


def pack(wire: Wire) -> bytes:
    """Return the bytes of one msgpack value."""
    return _encoder.encode(wire)


def unpack(data: bytes) -> Wire:
    """Read one msgpack value.

    Raises:
        ProtocolError: not exactly one well-formed value, or one of too many items: 64 MiB of empty
            arrays would become 4 GB of objects, so a large frame is counted before it is built.
    """
    if len(data) > COUNT_FROM:
        _count_items(data)
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"malformed message: {type(error).__name__}") from None


_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_FIXED |= {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xDC: 2, 0xDD: 4}
"""Bytes after each msgpack head of fixed size; those of an array are its length."""
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Width of the length field of binary data and text."""


def _count_items(data: bytes) -> None:
    """Walk over the heads of a msgpack value, skipping what texts and binary data hold."""
    position, items, size = 0, 0, len(data)
    while position < size:
        items += 1
        if items > MAX_ITEMS:
            raise ProtocolError("a message of too many items")
        head = data[position]
        position += 1
        if head < 0x80 or head >= 0xE0 or 0x90 <= head <= 0x9F:
            continue
        if 0xA0 <= head <= 0xBF:
            position += head & 0x1F
        elif head in _FIXED:
            position += _FIXED[head]
        elif head in _SIZED:
            width = _SIZED[head]
            position += width + int.from_bytes(data[position : position + width], "big")
        else:
            raise ProtocolError("a map or an extension")


class Encoder:
    """Turns values into wire form.

    Args:
        other: called for a value of any other type; returns its wire form or raises TypeError.
        tensor: called with a tensor; returns (flags, reference, extra wire), e.g. for autograd.
        max_bytes: bound on the bytes of all tensors, arrays and texts of one value.
    """

    def __init__(
        self,
        other: Callable[[Any], Wire],
        tensor: Callable[[torch.Tensor], tuple[int, int | None, Wire]],
        max_bytes: int,
    ) -> None:
        self._other = other
        self._tensor = tensor
        self._max_bytes = max_bytes
        self._items = 0
        self._bytes = 0

    def encode(self, value: Any) -> Wire:
        """Return the wire form of a value.

        Raises:
            TooLarge: the value exceeds a limit of the protocol.
        """
        self._items = self._bytes = 0
        return self._encode(value, 0)

    def _encode(self, value: Any, depth: int) -> Wire:
        self._items += 1
        if depth > MAX_DEPTH:
            raise TooLarge(f"a value nested more than {MAX_DEPTH} deep")
        if self._items > MAX_ITEMS:
            raise TooLarge(f"a value of more than {MAX_ITEMS:,} items")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        writer = _WRITERS.get(kind)
        if writer is not None:
            return writer(self, value, depth)
        if isinstance(value, np.generic) and value.dtype.str in NUMPY_DTYPES:
            return [SCALAR, value.dtype.str, value.tobytes()]
        if kind.__module__ == "torch.return_types" and isinstance(value, tuple):
            return self._sequence(TUPLE, value, depth)
        return self._other(value)

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._max_bytes:
            raise TooLarge(f"a value of more than {self._max_bytes:,} bytes")

    def _int(self, value: int, depth: int) -> Wire:
        if -(2**63) <= value < 2**63:
            return value
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise TooLarge(f"an integer of more than {MAX_INT_BYTES} bytes")
        return [INTEGER, value.to_bytes(size, "big", signed=True)]

    def _str(self, value: str, depth: int) -> Wire:
        self._count(len(value))
        if value.isascii():
            return value
        return value.encode("utf-8", "backslashreplace").decode("utf-8")

    def _raw(self, value: bytes, depth: int) -> Wire:
        self._count(len(value))
        return value

    def _sequence(self, tag: int, value: Any, depth: int) -> Wire:
        return [tag, *(self._encode(item, depth + 1) for item in value)]

    def _mapping(self, value: dict[Any, Any], depth: int) -> Wire:
        wire: list[Any] = [DICT]
        for key, item in value.items():
            wire.append(self._encode(key, depth + 1))
            wire.append(self._encode(item, depth + 1))
        return wire

    def _array(self, value: np.ndarray[Any, Any], depth: int) -> Wire:
        if value.dtype.str not in NUMPY_DTYPES or value.ndim > MAX_DIMENSIONS:
            return self._other(value)
        _check_shape(list(value.shape), TooLarge)
        self._count(value.nbytes)
        return [ARRAY, value.dtype.str, list(value.shape), value.tobytes()]

    def _torch(self, value: torch.Tensor, depth: int) -> Wire:
        name = TORCH_NAMES.get(value.dtype)
        if name is None or value.layout is not torch.strided or value.device.type != "cpu":
            return self._other(value)
        shape = list(value.shape)
        _check_shape(shape, TooLarge)
        self._count(value.numel() * value.element_size())
        flags, reference, extra = self._tensor(value)
        return [TENSOR, name, shape, tensor_bytes(value), flags, reference, extra]

    def _generator(self, value: torch.Generator, depth: int) -> Wire:
        return [TORCH_GENERATOR, value.get_state().numpy().tobytes()]

    def _numpy_generator(self, value: np.random.Generator, depth: int) -> Wire:
        if type(value.bit_generator) is not np.random.PCG64:
            return self._other(value)
        state = value.bit_generator.state
        inner = state["state"]
        words = [int(inner[key]).to_bytes(16, "big") for key in ("state", "inc")]
        return [NUMPY_GENERATOR, *words, int(state["has_uint32"]), int(state["uinteger"])]

    def _slice(self, value: slice, depth: int) -> Wire:
        parts = (value.start, value.stop, value.step)
        return [SLICE, *(self._encode(part, depth + 1) for part in parts)]


_WRITERS: dict[type, Callable[[Encoder, Any, int], Wire]] = {
    int: Encoder._int,
    str: Encoder._str,
    bytes: Encoder._raw,
    list: lambda self, value, depth: self._sequence(LIST, value, depth),
    tuple: lambda self, value, depth: self._sequence(TUPLE, value, depth),
    set: lambda self, value, depth: self._sequence(SET, value, depth),
    frozenset: lambda self, value, depth: self._sequence(FROZENSET, value, depth),
    type(...): lambda self, value, depth: [ELLIPSIS],
    complex: lambda self, value, depth: [COMPLEX, value.real, value.imag],
    np.ndarray: Encoder._array,
    torch.Tensor: Encoder._torch,
    torch.nn.Parameter: Encoder._torch,
    torch.dtype: lambda self, value, depth: (
        [DTYPE, TORCH_NAMES[value]] if value in TORCH_NAMES else self._other(value)
    ),
    torch.Size: lambda self, value, depth: [SIZE, *value],
    torch.Generator: Encoder._generator,
    np.random.Generator: Encoder._numpy_generator,
    slice: Encoder._slice,
    **dict.fromkeys(_PLAIN_MAPPINGS, Encoder._mapping),
}


def tensor_bytes(tensor: torch.Tensor) -> bytes:
    """Return the elements of a CPU tensor in row-major order."""
    plain = tensor.view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor
    # Forced: without its graph, and with conjugation and negation carried out.
    return bytes(plain.numpy(force=True).tobytes())


def _check_shape(shape: list[int], error: type[Exception]) -> int:
    """Return the number of elements; refuse a shape that costs more than it sends."""
    if len(shape) > MAX_DIMENSIONS:
        raise error(f"a tensor with more than {MAX_DIMENSIONS} dimensions")
    count = math.prod(shape)
    if count == 0 and math.prod(size for size in shape if size) > MAX_EMPTY:
        raise error("an empty tensor with huge sizes")
    return count


class Decoder:
    """Builds values from wire form, and only the types of this module.

    Args:
        handle: called with the fields of a HANDLE; returns what stands for it on this side.
        tensor: called with (tensor, flags, reference, extra wire); returns the tensor to use.
    """

    def __init__(
        self,
        handle: Callable[[list[Wire]], Any],
        tensor: Callable[[torch.Tensor, int, Wire, Wire], torch.Tensor],
    ) -> None:
        self._handle = handle
        self._attach = tensor
        self._items = 0

    def decode(self, wire: Wire) -> Any:
        """Return the value of a wire form.

        Raises:
            ProtocolError: anything that is not the wire form of a value within the limits.
        """
        self._items = 0
        try:
            return self._decode(wire, 0)
        except ProtocolError:
            raise
        except (ValueError, TypeError, OverflowError, RuntimeError, IndexError, KeyError) as error:
            raise ProtocolError(f"malformed value: {type(error).__name__}") from None

    def nested(self, wire: Wire) -> Any:
        """Decode a part inside a hook, counting on."""
        return self._decode(wire, MAX_DEPTH // 2)

    def _decode(self, wire: Wire, depth: int) -> Any:
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise ProtocolError("a value too deep or with too many items")
        if type(wire) is not list:
            if wire is None or type(wire) in (bool, int, float, str, bytes):
                return wire
            raise ProtocolError(f"a bare {type(wire).__name__}")
        if not wire or type(wire[0]) is not int or wire[0] not in _READERS:
            raise ProtocolError("an array without a known tag")
        return _READERS[wire[0]](self, wire, depth)

    def _each(self, wire: list[Wire], depth: int) -> list[Any]:
        return [self._decode(item, depth + 1) for item in wire[1:]]

    def _mapping(self, wire: list[Wire], depth: int) -> dict[Any, Any]:
        flat = self._each(wire, depth)
        if len(flat) % 2:
            raise ProtocolError("a key without a value")
        _check_hashes(flat[::2])
        return {flat[i]: flat[i + 1] for i in range(0, len(flat), 2)}

    def _set(self, wire: list[Wire], depth: int) -> set[Any]:
        members = self._each(wire, depth)
        _check_hashes(members)
        found = set()
        # One by one: hashes can collide without being equal, and a deadline cannot strike inside
        # one call that builds the whole set.
        for member in members:
            found.add(member)
        return found

    def _integer(self, wire: list[Wire], depth: int) -> int:
        (data,) = _fields(wire, bytes)
        if len(data) > MAX_INT_BYTES:
            raise ProtocolError("an integer too large")
        return int.from_bytes(data, "big", signed=True)

    def _complex(self, wire: list[Wire], depth: int) -> complex:
        real, imaginary = _fields(wire, float, float)
        return complex(real, imaginary)

    def _scalar(self, wire: list[Wire], depth: int) -> Any:
        name, data = _fields(wire, str, bytes)
        dtype = _known(NUMPY_DTYPES, name)
        if len(data) != dtype.itemsize:
            raise ProtocolError("a scalar of the wrong size")
        _check_truth(name, data)
        return np.frombuffer(data, dtype=dtype)[0]

    def _array(self, wire: list[Wire], depth: int) -> np.ndarray[Any, Any]:
        name, shape, data = _fields(wire, str, list, bytes)
        dtype = _known(NUMPY_DTYPES, name)
        _check_data(shape, len(data), dtype.itemsize)
        _check_truth(name, data)
        return np.frombuffer(bytearray(data), dtype=dtype).reshape(shape)

    def _tensor(self, wire: list[Wire], depth: int) -> torch.Tensor:
        name, shape, data, flags = _fields(wire[:5], str, list, bytes, int)
        reference, extra = wire[5:]
        dtype = _known(TORCH_DTYPES, name)
        _check_data(shape, len(data), dtype.itemsize)
        _check_truth(name, data)
        if len(data):
            tensor = torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)
        else:
            tensor = torch.empty(shape, dtype=dtype)
        can_require = dtype.is_floating_point or dtype.is_complex
        if flags & ~7 or (flags & REQUIRES_GRAD and not can_require):
            raise ProtocolError("a tensor with impossible flags")
        return self._attach(tensor, flags, reference, extra)

    def _dtype(self, wire: list[Wire], depth: int) -> torch.dtype:
        dtype: torch.dtype = _known(TORCH_DTYPES, *_fields(wire, str))
        return dtype

    def _size(self, wire: list[Wire], depth: int) -> torch.Size:
        return torch.Size(_sizes(wire[1:]))

    def _generator(self, wire: list[Wire], depth: int) -> torch.Generator:
        (data,) = _fields(wire, bytes)
        if len(data) != TORCH_STATE_BYTES:
            raise ProtocolError("a generator state of the wrong size")
        # Words left, and the next one to read: torch checks each of them but not both together, and
        # would read its own memory behind the table as random numbers.
        left, following = struct.unpack_from("=8xi4xQ", data)
        if left < 1 or left + following > MERSENNE_WORDS + 1:
            raise ProtocolError("a generator state that points outside its table")
        generator = torch.Generator()
        generator.set_state(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        return generator

    def _numpy_generator(self, wire: list[Wire], depth: int) -> np.random.Generator:
        state, increment, has_half, half = _fields(wire, bytes, bytes, int, int)
        if len(state) != 16 or len(increment) != 16 or has_half not in (0, 1):
            raise ProtocolError("a malformed PCG64 state")
        if not 0 <= half < 2**32 or not increment[-1] & 1:
            raise ProtocolError("an impossible PCG64 state")
        bits = np.random.PCG64(0)
        inner: Any = {
            "state": int.from_bytes(state, "big"),
            "inc": int.from_bytes(increment, "big"),
        }
        bits.state = {
            "bit_generator": "PCG64",
            "state": inner,
            "has_uint32": has_half,
            "uinteger": half,
        }
        return np.random.Generator(bits)

    def _slice(self, wire: list[Wire], depth: int) -> slice:
        start, stop, step = self._each(wire, depth)
        return slice(start, stop, step)

    def _reference(self, wire: list[Wire], depth: int) -> Any:
        return self._handle(wire[1:])


_READERS: dict[int, Callable[[Decoder, list[Wire], int], Any]] = {
    LIST: Decoder._each,
    TUPLE: lambda self, wire, depth: tuple(self._each(wire, depth)),
    SET: Decoder._set,
    FROZENSET: lambda self, wire, depth: frozenset(self._set(wire, depth)),
    DICT: Decoder._mapping,
    ELLIPSIS: lambda self, wire, depth: ...,
    INTEGER: Decoder._integer,
    COMPLEX: Decoder._complex,
    SCALAR: Decoder._scalar,
    ARRAY: Decoder._array,
    TENSOR: Decoder._tensor,
    DTYPE: Decoder._dtype,
    SIZE: Decoder._size,
    TORCH_GENERATOR: Decoder._generator,
    NUMPY_GENERATOR: Decoder._numpy_generator,
    SLICE: Decoder._slice,
    HANDLE: Decoder._reference,
}


def _fields(wire: list[Wire], *kinds: type) -> list[Any]:
    """Return the entries after the tag, each of exactly the type asked for."""
    fields = wire[1:]
    if [type(field) for field in fields] != list(kinds):
        raise ProtocolError(f"malformed fields for tag {wire[0]}")
    return fields


def _known(table: dict[str, Any], name: str) -> Any:
    if name not in table:
        raise ProtocolError("an unknown data type")
    return table[name]


def _check_hashes(keys: list[Any]) -> None:
    """Refuse keys made to share a hash."""
    # Sorted, not counted: a table of counts can itself be made to collide.
    hashes = sorted(map(hash, keys))
    if any(map(operator.eq, hashes, hashes[MAX_SAME_HASH:])):
        raise ProtocolError("keys that share a hash")


def _check_truth(name: str, data: bytes) -> None:
    """Refuse a truth value other than 0 and 1: torch and numpy compare it as they please."""
    if name in ("bool", np.dtype(bool).str) and data.translate(None, b"\0\1"):
        raise ProtocolError("a truth value that is neither 0 nor 1")


def _sizes(shape: list[Wire]) -> list[int]:
    if any(type(size) is not int or not 0 <= size < 2**31 for size in shape):
        raise ProtocolError("a malformed shape")
    return shape


def _check_data(shape: list[Wire], size: int, itemsize: int) -> None:
    if _check_shape(_sizes(shape), ProtocolError) * itemsize != size:
        raise ProtocolError("data that does not fit the shape")


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
