"""What crosses the trust boundary: frames of plain data between the grader and a child.

A frame is eight bytes of length and one msgpack value made only of None, booleans, 64-bit integers,
floats, text, bytes and arrays. Every array is a record of this module or a *tagged list*: its first
entry is one of the tags below and says how to read the rest. ``encoding`` writes values in this
form, ``channel`` carries the frames, and ``decoding`` builds the types named there and nothing
else: it never unpickles, evaluates, imports or looks up a name that a student's process sent.

Both sides use this module, so it must not import anything of the grader.
"""

from __future__ import annotations

import math
from enum import IntEnum, StrEnum
from typing import Any, TypeVar

import msgspec
import numpy as np
import torch

T = TypeVar("T")
Wire = Any
"""A msgpack value as msgspec returns it."""

HEAD_BYTES = 8
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


class Tag(IntEnum):
    """First entry of a tagged list: what the rest of it is."""

    LIST = 0
    TUPLE = 1
    SET = 2
    FROZENSET = 3
    DICT = 4
    ELLIPSIS = 5
    INTEGER = 6
    """An integer beyond 64 bits, as bytes."""
    COMPLEX = 7
    SCALAR = 8
    """A numpy scalar: data type and bytes."""
    ARRAY = 9
    """A numpy array: data type, shape and bytes."""
    TENSOR = 10
    """See ``WireTensor``."""
    DTYPE = 11
    SIZE = 12
    TORCH_GENERATOR = 13
    NUMPY_GENERATOR = 14
    HANDLE = 15
    """See ``Handle``."""
    SLICE = 16
    DESCRIBED_HANDLE = 17
    """See ``DescribedHandle``."""


REQUIRES_GRAD, LEAF, PARAMETER = 1, 2, 4
"""Flags of a ``WireTensor``."""


# The records below travel as arrays: their fields are told apart by their order alone. Code gives
# them in that order too, so that a reader of either sees the other.


class WireTensor(
    msgspec.Struct, array_like=True, tag=int(Tag.TENSOR), frozen=True, forbid_unknown_fields=True
):
    """A dense CPU tensor."""

    dtype: str
    shape: list[int]
    data: bytes
    """The elements in row-major order."""
    flags: int
    reference: int | None
    """For autograd. To the child: the number of the test's input. From the child: the handle of a
    leaf, or the number under which it keeps a tensor with a graph."""
    extra: Any
    """For autograd, from the child. Of a leaf: its gradient, a ``WireTensor`` or None. Of a tensor
    with a graph: the numbers of the test's inputs that it depends on."""


class Handle(
    msgspec.Struct, array_like=True, tag=int(Tag.HANDLE), frozen=True, forbid_unknown_fields=True
):
    """An object that stays in the student's process."""

    number: int
    label: str = ""
    """What a message may call it; empty on the way to the child."""


class DescribedHandle(
    Handle,
    array_like=True,
    tag=int(Tag.DESCRIBED_HANDLE),
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
):
    """An instance of a frozen dataclass, from the child."""

    fields: list[tuple[str, None | bool | int | float | str]]
    """Attributes, and what a look-up of them gives until the next question."""


class Ask(StrEnum):
    """What the grader asks a child."""

    CELL = "cell"
    GET = "get"
    NAMES = "names"
    CALL = "call"
    ATTRIBUTE = "attribute"
    SET = "set"
    ITEM = "item"
    PUT = "put"
    APPLY = "apply"
    NEXT = "next"
    VJP = "vjp"
    COMMIT = "commit"
    REFRESH = "refresh"
    CONTAINS = "contains"


class Operation(StrEnum):
    """What ``Ask.APPLY`` does with an object."""

    LEN = "len"
    ITER = "iter"
    BOOL = "bool"
    COPY = "copy"
    DEEPCOPY = "deepcopy"


class Question(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """One question to a child."""

    nonce: int
    """A random number; an answer counts if it repeats it."""
    ask: Ask
    forget: list[int]
    """Numbers of graphs that the grader no longer needs."""
    fields: list[Any]
    """Arguments of the action, values among them in wire form."""


class Verdict(StrEnum):
    """How a child came out of a question."""

    DONE = "done"
    RAISED = "raised"


class Answer(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A child's answer."""

    verdict: Verdict
    nonce: int
    value: Any
    """What was asked for, or an exception as [class names, message]."""
    notes: list[str]
    rebound: bool = False
    """A name that ``Ask.NAMES`` was answered for stands for something else now."""


class CallResult(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The value of an answer to ``Ask.CALL``: an exception, too, comes with changed arguments."""

    verdict: Verdict
    value: Any
    changes: list[tuple[int, Any]]
    """Position of each changed argument and its value now."""


class Opening(msgspec.Struct, array_like=True, frozen=True, tag="opening"):
    """The first message of a child."""

    problem: str = ""
    """Why it could not be confined; empty when all rights are gone."""


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


UNCHANGING = frozenset((type(None), bool, int, float, str, bytes))
"""Types whose values no function can change."""


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


def frame(wire: Wire) -> bytearray:
    """Return the bytes of one frame: the length, then the value."""
    data = bytearray(HEAD_BYTES)
    _encoder.encode_into(wire, data, HEAD_BYTES)
    data[:HEAD_BYTES] = (len(data) - HEAD_BYTES).to_bytes(HEAD_BYTES, "little")
    return data


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


def read(wire: Wire, kind: type[T]) -> T:
    """Return a wire value as one of the records above, each field of exactly its type.

    Raises:
        ProtocolError: it is none.
    """
    try:
        # Bytes are bytes: text is not to be read as base64.
        return msgspec.convert(wire, kind, builtin_types=(bytes,))
    except msgspec.ValidationError:
        raise ProtocolError(f"no {kind.__name__}") from None


def tensor_bytes(tensor: torch.Tensor) -> bytes:
    """Return the elements of a CPU tensor in row-major order."""
    plain = tensor.view(torch.int16) if tensor.dtype is torch.bfloat16 else tensor
    # Forced: without its graph, and with conjugation and negation carried out.
    return bytes(plain.numpy(force=True).tobytes())


def check_shape(shape: list[int], error: type[Exception]) -> int:
    """Return the number of elements; refuse a shape that costs more than it sends."""
    if len(shape) > MAX_DIMENSIONS:
        raise error(f"a tensor with more than {MAX_DIMENSIONS} dimensions")
    count = math.prod(shape)
    if count == 0 and math.prod(size for size in shape if size) > MAX_EMPTY:
        raise error("an empty tensor with huge sizes")
    return count
