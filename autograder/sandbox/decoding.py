"""Wire form to values. What a child sends is hostile: every size, count and hash is checked."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .protocol import (
    MAX_DEPTH,
    MAX_INT_BYTES,
    MAX_ITEMS,
    MAX_SAME_HASH,
    MERSENNE_WORDS,
    NUMPY_DTYPES,
    REQUIRES_GRAD,
    TORCH_DTYPES,
    TORCH_STATE_BYTES,
    DescribedHandle,
    Handle,
    ProtocolError,
    Tag,
    Wire,
    WireTensor,
    check_shape,
    read,
)


class Decoder:
    """Builds values from wire form, and only the types of this module.

    Args:
        handle: called with a handle; returns what stands for it on this side.
        tensor: called with a tensor and what was sent of it; returns the tensor to use.
    """

    def __init__(
        self,
        handle: Callable[[Handle], Any],
        tensor: Callable[[torch.Tensor, WireTensor], torch.Tensor],
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
        sent = read(wire, WireTensor)
        dtype = _known(TORCH_DTYPES, sent.dtype)
        _check_data(sent.shape, len(sent.data), dtype.itemsize)
        _check_truth(sent.dtype, sent.data)
        if len(sent.data):
            tensor = torch.frombuffer(bytearray(sent.data), dtype=dtype).reshape(sent.shape)
        else:
            tensor = torch.empty(sent.shape, dtype=dtype)
        can_require = dtype.is_floating_point or dtype.is_complex
        if sent.flags & ~7 or (sent.flags & REQUIRES_GRAD and not can_require):
            raise ProtocolError("a tensor with impossible flags")
        return self._attach(tensor, sent)

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
        return self._handle(read(wire, Handle))

    def _described_reference(self, wire: list[Wire], depth: int) -> Any:
        return self._handle(read(wire, DescribedHandle))


_READERS: dict[int, Callable[[Decoder, list[Wire], int], Any]] = {
    Tag.LIST: Decoder._each,
    Tag.TUPLE: lambda self, wire, depth: tuple(self._each(wire, depth)),
    Tag.SET: Decoder._set,
    Tag.FROZENSET: lambda self, wire, depth: frozenset(self._set(wire, depth)),
    Tag.DICT: Decoder._mapping,
    Tag.ELLIPSIS: lambda self, wire, depth: ...,
    Tag.INTEGER: Decoder._integer,
    Tag.COMPLEX: Decoder._complex,
    Tag.SCALAR: Decoder._scalar,
    Tag.ARRAY: Decoder._array,
    Tag.TENSOR: Decoder._tensor,
    Tag.DTYPE: Decoder._dtype,
    Tag.SIZE: Decoder._size,
    Tag.TORCH_GENERATOR: Decoder._generator,
    Tag.NUMPY_GENERATOR: Decoder._numpy_generator,
    Tag.SLICE: Decoder._slice,
    Tag.HANDLE: Decoder._reference,
    Tag.DESCRIBED_HANDLE: Decoder._described_reference,
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


_TRUTH = ("bool", np.dtype(bool).str)


def _check_truth(name: str, data: bytes) -> None:
    """Refuse a truth value other than 0 and 1: torch and numpy compare it as they please."""
    if name in _TRUTH and data.translate(None, b"\0\1"):
        raise ProtocolError("a truth value that is neither 0 nor 1")


def _sizes(shape: list[Wire]) -> list[int]:
    if any(type(size) is not int or not 0 <= size < 2**31 for size in shape):
        raise ProtocolError("a malformed shape")
    return shape


def _check_data(shape: list[Wire], size: int, itemsize: int) -> None:
    if check_shape(_sizes(shape), ProtocolError) * itemsize != size:
        raise ProtocolError("data that does not fit the shape")
