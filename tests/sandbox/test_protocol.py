"""Frames: values of the allowed types go round unchanged, and nothing else gets in."""

from __future__ import annotations

import math
import socket
import struct
from collections import Counter, OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import protocol
from autograder.sandbox.channel import Channel
from autograder.sandbox.decoding import Decoder
from autograder.sandbox.encoding import Encoder

MAX = 2**22


def refuse(value):
    raise TypeError(type(value).__name__)


def plain(tensor):
    return 0, None, None


def make_encoder():
    return Encoder(refuse, plain, MAX)


def make_decoder():
    return Decoder(lambda handle: handle.number, lambda tensor, sent: tensor)


def sent(wire):
    """What the other side makes of a wire value."""
    return make_decoder().decode(protocol.unpack(protocol.pack(wire)))


def there_and_back(value):
    return sent(make_encoder().encode(value))


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**600), 10**600)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.just(...)
    | st.complex_numbers(allow_nan=False)
)
hashable = st.recursive(
    scalars, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.sets(hashable, max_size=3)
        | st.dictionaries(hashable, inner, max_size=3)
    ),
    max_leaves=20,
)


def same(left, right):
    if type(left) is not type(right):
        return False
    if type(left) in (list, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is dict:
        return list(left) == list(right) and all(map(same, left.values(), right.values()))
    return left == right


@given(values)
@settings(max_examples=150, deadline=None)
def test_plain_values_come_back_with_their_exact_types(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize("name", sorted(protocol.TORCH_DTYPES))
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3, 4)])
def test_tensors_come_back_bit_by_bit(name, shape):
    tensor = (torch.rand(shape, generator=torch.Generator().manual_seed(1)) * 9).to(
        protocol.TORCH_DTYPES[name]
    )
    back = there_and_back(tensor)
    assert back.dtype is tensor.dtype
    assert back.shape == tensor.shape
    assert protocol.tensor_bytes(back) == protocol.tensor_bytes(tensor)


def test_tensor_views_arrive_as_what_they_show():
    base = torch.arange(12.0).reshape(3, 4)
    for view in (
        base.T,
        base[:, ::2],
        base[1].expand(5, 4),
        torch.view_as_complex(base.reshape(3, 2, 2)).conj(),
    ):
        assert torch.equal(there_and_back(view), view)


@pytest.mark.parametrize("name", sorted(protocol.NUMPY_DTYPES))
def test_arrays_and_numpy_scalars_come_back(name):
    array = np.arange(6).astype(np.dtype(name)).reshape(2, 3)
    back = there_and_back(array)
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)
    back[0, 0] = 1
    assert type(there_and_back(array[0, 1])) is type(array[0, 1])


def test_library_containers_arrive_as_plain_ones():
    assert same(there_and_back(OrderedDict(a=1)), {"a": 1})
    assert same(there_and_back(Counter("aab")), {"a": 2, "b": 1})
    assert same(there_and_back(defaultdict(list, {1: [2]})), {1: [2]})
    assert type(there_and_back(torch.ones(2, 3).max(dim=0))) is tuple


def test_generators_go_on_where_they_were():
    ours = torch.Generator().manual_seed(3)
    torch.rand(5, generator=ours)
    theirs = there_and_back(ours)
    assert torch.equal(torch.rand(9, generator=ours), torch.rand(9, generator=theirs))
    rng = np.random.default_rng(3)
    rng.integers(9, size=3, dtype=np.int32)
    copy = there_and_back(rng)
    assert np.array_equal(
        rng.integers(9, size=9, dtype=np.int32), copy.integers(9, size=9, dtype=np.int32)
    )
    assert rng.normal() == copy.normal()


def generator_state(left, following):
    """A state of torch's generator that has so many words left, and reads from here."""
    data = bytearray(torch.Generator().get_state().numpy().tobytes())
    struct.pack_into("=i", data, 8, left)
    struct.pack_into("=Q", data, 16, following)
    return bytes(data)


def test_a_generator_at_any_point_of_its_table_goes_on():
    ours = torch.Generator().manual_seed(3)
    for _ in range(1300):
        theirs = there_and_back(ours)
        assert torch.rand(1, generator=ours) == torch.rand(1, generator=theirs)


@pytest.mark.parametrize("left", [1, 2, 300, 624])
def test_a_generator_never_reads_behind_its_table(left):
    """torch takes each of these states and reads its own memory as random numbers."""
    fitting = protocol.MERSENNE_WORDS + 1 - left
    sent([protocol.Tag.TORCH_GENERATOR, generator_state(left, fitting)])
    with pytest.raises(protocol.ProtocolError):
        sent([protocol.Tag.TORCH_GENERATOR, generator_state(left, fitting + 1)])


def test_types_and_slices():
    assert there_and_back(torch.bfloat16) is torch.bfloat16
    assert type(there_and_back(torch.Size([2, 3]))) is torch.Size
    assert there_and_back(slice(1, None, 2)) == slice(1, None, 2)
    assert math.isnan(there_and_back(math.nan))


def test_text_with_lone_surrogates_is_made_sendable():
    assert there_and_back("a\ud800") == "a\\ud800"


class Number(int):
    """A student's own type."""

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [Number(3), object(), len, np.array([object()]), range(3)])
def test_any_other_type_is_left_to_the_caller(value):
    with pytest.raises(TypeError):
        make_encoder().encode(value)


def nest(depth):
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        nest(protocol.MAX_DEPTH + 2),
        10**2000,
        b"x" * (MAX + 1),
        [b"x" * (MAX // 2 + 1)] * 2,
        torch.zeros(MAX),
        torch.zeros(1).expand(2**40),
        torch.empty(2**29, 0),
        [0] * (protocol.MAX_ITEMS + 1),
    ],
    ids=["deep", "integer", "bytes", "sum", "tensor", "expanded", "empty", "items"],
)
def test_sending_refuses_what_is_over_a_limit(value):
    with pytest.raises(protocol.TooLarge):
        make_encoder().encode(value)


def test_a_cycle_is_too_deep():
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(protocol.TooLarge):
        make_encoder().encode(ring)


SAME_HASH = [[protocol.Tag.INTEGER, (k * (2**61 - 1)).to_bytes(11, "big")] for k in range(100)]
T, A, S, H = protocol.Tag.TENSOR, protocol.Tag.ARRAY, protocol.Tag.SCALAR, protocol.Tag.HANDLE
D = protocol.Tag.DESCRIBED_HANDLE


@pytest.mark.parametrize(
    "wire",
    [
        [],
        ["0"],
        [99],
        [True, 1],
        {1: 2},
        [protocol.Tag.DICT, 1],
        [protocol.Tag.DICT, [protocol.Tag.LIST], 1],
        [protocol.Tag.SET, [protocol.Tag.LIST]],
        [protocol.Tag.INTEGER, b"x" * 600],
        [protocol.Tag.INTEGER, "12"],
        [protocol.Tag.COMPLEX, 1, 2],
        [T, "float32", [2], b"1234", 0, None, None],
        [T, "float32", [-1], b"", 0, None, None],
        [T, "float32", [2**29, 0], b"", 0, None, None],
        [T, "float32", [2**20, 2**20, 0], b"", 0, None, None],
        [T, "float32", [1] * 17, b"1234", 0, None, None],
        [T, "float32", [1.0], b"1234", 0, None, None],
        [T, "float32", [True], b"1234", 0, None, None],
        [T, "int64", [1], b"12345678", 1, 0, None],
        [T, "float32", [1], b"1234", 64, None, None],
        [T, "float32", [1], b"1234"],
        [T, "float32", [1], b"1234", 0, None, None, 1],
        [T, "float32", [1], b"1234", True, None, None],
        [T, "float32", [1], b"1234", 0, "7", None],
        [T, "float32", [0], "", 0, None, None],
        [T, "bool", [1], b"\x02", 0, None, None],
        [H],
        [H, "7"],
        [H, 1, 2],
        [H, 1, "label", 3],
        [D, 1, "label"],
        [D, 1, "label", {"a": 1}],
        [D, 1, "label", [["a"]]],
        [D, 1, "label", [[1, 1]]],
        [D, 1, "label", [["a", [0, 1]]]],
        [D, 1, "label", [["a", b"bytes"]]],
        [T, "object", [1], b"1234", 0, None, None],
        [A, "|O", [1], b"12345678"],
        [A, "<f8", [2], b"12345678"],
        [S, "<f8", b"1234"],
        [S, "|V8", b"12345678"],
        [protocol.Tag.DTYPE, "torch.float32"],
        [protocol.Tag.DTYPE, "__class__"],
        [protocol.Tag.SIZE, -1],
        [protocol.Tag.TORCH_GENERATOR, b"short"],
        [protocol.Tag.TORCH_GENERATOR, b"\xff" * protocol.TORCH_STATE_BYTES],
        [protocol.Tag.SET, *SAME_HASH[: protocol.MAX_SAME_HASH + 1]],
        [protocol.Tag.NUMPY_GENERATOR, b"1" * 16, b"2" * 16, 0, 0],
        [protocol.Tag.NUMPY_GENERATOR, b"1" * 15, b"1" * 16, 0, 0],
        [protocol.Tag.NUMPY_GENERATOR, b"1" * 16, b"1" * 16, 7, 0],
        [protocol.Tag.NUMPY_GENERATOR, b"1" * 16, b"1" * 16, 0, 2**40],
        nest(500),
    ],
)
def test_reading_refuses_what_is_malformed(wire):
    with pytest.raises(protocol.ProtocolError):
        sent(wire)


def test_a_few_members_may_share_a_hash():
    allowed = [protocol.Tag.SET, *SAME_HASH[: protocol.MAX_SAME_HASH], "text", 1.5]
    assert len(sent(allowed)) == protocol.MAX_SAME_HASH + 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x01\x02",
        b"\xdd\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff" * 500,
        b"\x91" * 100_000,
        b"\xdd\x01\x00\x00\x00" + b"\x90" * 2**24,
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc7\x01\x05a",
        b"\xd9\x02\xff\xfe",
    ],
)
def test_unpacking_refuses_what_is_no_single_value(data):
    with pytest.raises(protocol.ProtocolError):
        protocol.unpack(data)


def test_a_large_frame_of_real_data_is_not_mistaken_for_an_attack():
    values = [torch.rand(700, 700), "x" * 2**20, b"y" * 2**20, list(range(100_000))]
    wire = Encoder(refuse, plain, 2**24).encode(values)
    data = protocol.pack(wire)
    assert len(data) > protocol.COUNT_FROM
    assert protocol.pack(protocol.unpack(data)) == data


@given(st.binary(max_size=300))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_value_or_a_protocol_error(data):
    decode_or_refuse(data)


@given(values, st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_frame_gives_a_value_or_a_protocol_error(value, data):
    packed = bytearray(protocol.pack(make_encoder().encode([value, torch.ones(2, 2)])))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    decode_or_refuse(bytes(packed[: data.draw(st.integers(0, len(packed)))]))


wires = st.recursive(
    scalars.filter(lambda x: type(x) in (int, float, str, bytes, bool, type(None))).filter(
        lambda x: type(x) is not int or abs(x) < 2**63
    ),
    lambda inner: st.lists(inner | st.integers(0, 18), max_size=7),
    max_leaves=30,
)


@given(wires)
@settings(max_examples=300, deadline=None)
def test_any_tagged_list_gives_a_value_or_a_protocol_error(wire):
    decode_or_refuse(protocol.pack(wire))


@pytest.mark.long
@given(st.binary(max_size=3000) | wires.map(protocol.pack))
@settings(max_examples=20_000, deadline=None)
def test_fuzz_for_minutes(data):
    decode_or_refuse(data)


ALLOWED = (
    type(None), bool, int, float, str, bytes, list, tuple, set, frozenset, dict, type(...), complex,
    np.ndarray, np.generic, torch.Tensor, torch.dtype, torch.Size, torch.Generator,
    np.random.Generator, slice,
)  # fmt: skip


def decode_or_refuse(data):
    try:
        value = make_decoder().decode(protocol.unpack(data))
    except (protocol.ProtocolError, TypeError):
        return
    assert isinstance(value, ALLOWED)


@pytest.fixture
def channels():
    left, right = socket.socketpair()
    with left, right:
        yield Channel(left, MAX), Channel(right, MAX), left


def test_frames_cross_a_socket_in_order(channels):
    left, right, _ = channels
    for wire in ([1, "a"], [b"x" * 100_000], None):
        left.send(wire, seconds=1.0)
        assert right.receive(1.0) == wire
    left.close()
    with pytest.raises(protocol.ConnectionLost):
        right.receive(1.0)


def test_a_frame_over_the_cap_is_refused_by_both_sides(channels):
    left, right, raw = channels
    with pytest.raises(protocol.TooLarge):
        left.send(b"x" * (MAX + 10), seconds=1.0)
    raw.send(struct.pack("<Q", 2**40))
    with pytest.raises(protocol.ProtocolError):
        right.receive(1.0)


def test_half_a_frame_ends_at_the_deadline(channels):
    _, right, raw = channels
    raw.send(struct.pack("<Q", 100) + b"x" * 50)
    with pytest.raises(protocol.DeadlinePassed):
        right.receive(0.05)


def test_a_reader_that_never_reads_ends_at_the_deadline(channels):
    left, right, _ = channels
    with pytest.raises(protocol.DeadlinePassed):
        left.send(b"x" * (MAX - 100), seconds=0.05)
    right.close()
