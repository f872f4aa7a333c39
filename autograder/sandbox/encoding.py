"""Values to wire form, on both sides of the trust boundary."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .protocol import (
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_INT_BYTES,
    MAX_ITEMS,
    NUMPY_DTYPES,
    TORCH_NAMES,
    Tag,
    TooLarge,
    Wire,
    WireTensor,
    check_shape,
    tensor_bytes,
)

_PLAIN_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)


class Encoder:
    """Turns values into wire form.

    Args:
        other: called for a value of any other type; returns its wire form or raises TypeError.
        tensor: called with a tensor; returns (flags, reference, extra wire), e.g. for autograd.
        max_bytes: bound on the bytes of all tensors, arrays and texts of one value.

    Attributes:
        items: how many of the value's items have been met so far.
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
        self.items = 0
        self._bytes = 0

    def encode(self, value: Any) -> Wire:
        """Return the wire form of a value.

        Raises:
            TooLarge: the value exceeds a limit of the protocol.
        """
        self.items = self._bytes = 0
        return self._encode(value, 0)

    def _encode(self, value: Any, depth: int) -> Wire:
        self.items += 1
        self._check(depth, self.items)
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        writer = _WRITERS.get(kind)
        if writer is not None:
            return writer(self, value, depth)
        if isinstance(value, np.generic) and value.dtype.str in NUMPY_DTYPES:
            return [Tag.SCALAR, value.dtype.str, value.tobytes()]
        if kind.__module__ == "torch.return_types" and isinstance(value, tuple):
            return self._sequence(Tag.TUPLE, value, depth)
        return self._other(value)

    def _check(self, depth: int, items: int) -> None:
        if depth > MAX_DEPTH:
            raise TooLarge(f"a value nested more than {MAX_DEPTH} deep")
        if items > MAX_ITEMS:
            raise TooLarge(f"a value of more than {MAX_ITEMS:,} items")

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
        return [Tag.INTEGER, value.to_bytes(size, "big", signed=True)]

    def _str(self, value: str, depth: int) -> Wire:
        self._count(len(value))
        if value.isascii():
            return value
        return value.encode("utf-8", "backslashreplace").decode("utf-8")

    def _raw(self, value: bytes, depth: int) -> Wire:
        self._count(len(value))
        return value

    def _sequence(self, tag: int, value: Any, depth: int) -> Wire:
        # Before anything is copied: each item is at least one more.
        self._check(depth + bool(value), self.items + len(value))
        wire: list[Any] = [tag]
        add = wire.append
        for item in value:
            # Most are numbers: no call for each.
            kind = type(item)
            if kind is float or (kind is int and -(2**63) <= item < 2**63):
                self.items += 1
                add(item)
            else:
                add(self._encode(item, depth + 1))
        self._check(depth, self.items)
        return wire

    def _mapping(self, value: dict[Any, Any], depth: int) -> Wire:
        wire: list[Any] = [Tag.DICT]
        for key, item in value.items():
            wire.append(self._encode(key, depth + 1))
            wire.append(self._encode(item, depth + 1))
        return wire

    def _array(self, value: np.ndarray[Any, Any], depth: int) -> Wire:
        if value.dtype.str not in NUMPY_DTYPES or value.ndim > MAX_DIMENSIONS:
            return self._other(value)
        check_shape(list(value.shape), TooLarge)
        self._count(value.nbytes)
        return [Tag.ARRAY, value.dtype.str, list(value.shape), value.tobytes()]

    def _torch(self, value: torch.Tensor, depth: int) -> Wire:
        name = TORCH_NAMES.get(value.dtype)
        if name is None or value.layout is not torch.strided or value.device.type != "cpu":
            return self._other(value)
        shape = list(value.shape)
        check_shape(shape, TooLarge)
        self._count(value.numel() * value.element_size())
        flags, reference, extra = self._tensor(value)
        return WireTensor(name, shape, tensor_bytes(value), flags, reference, extra)

    def _generator(self, value: torch.Generator, depth: int) -> Wire:
        return [Tag.TORCH_GENERATOR, value.get_state().numpy().tobytes()]

    def _numpy_generator(self, value: np.random.Generator, depth: int) -> Wire:
        if type(value.bit_generator) is not np.random.PCG64:
            return self._other(value)
        state = value.bit_generator.state
        inner = state["state"]
        words = [int(inner[key]).to_bytes(16, "big") for key in ("state", "inc")]
        return [Tag.NUMPY_GENERATOR, *words, int(state["has_uint32"]), int(state["uinteger"])]

    def _slice(self, value: slice, depth: int) -> Wire:
        parts = (value.start, value.stop, value.step)
        return [Tag.SLICE, *(self._encode(part, depth + 1) for part in parts)]


_WRITERS: dict[type, Callable[[Encoder, Any, int], Wire]] = {
    int: Encoder._int,
    str: Encoder._str,
    bytes: Encoder._raw,
    list: lambda self, value, depth: self._sequence(Tag.LIST, value, depth),
    tuple: lambda self, value, depth: self._sequence(Tag.TUPLE, value, depth),
    set: lambda self, value, depth: self._sequence(Tag.SET, value, depth),
    frozenset: lambda self, value, depth: self._sequence(Tag.FROZENSET, value, depth),
    type(...): lambda self, value, depth: [Tag.ELLIPSIS],
    complex: lambda self, value, depth: [Tag.COMPLEX, value.real, value.imag],
    np.ndarray: Encoder._array,
    torch.Tensor: Encoder._torch,
    torch.nn.Parameter: Encoder._torch,
    torch.dtype: lambda self, value, depth: (
        [Tag.DTYPE, TORCH_NAMES[value]] if value in TORCH_NAMES else self._other(value)
    ),
    torch.Size: lambda self, value, depth: [Tag.SIZE, *value],
    torch.Generator: Encoder._generator,
    np.random.Generator: Encoder._numpy_generator,
    slice: Encoder._slice,
    **dict.fromkeys(_PLAIN_MAPPINGS, Encoder._mapping),
}
