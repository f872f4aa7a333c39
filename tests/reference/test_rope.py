"""The reference against complex numbers, transformers' Llama (after a permutation) and GPT-J."""

from __future__ import annotations

import math

import pytest
import torch

from reference import rope as ref

SHAPES = [(1, 2), (5, 8), (2, 3, 7, 12), (1, 4, 6, 64)]
BASES = [10_000.0, 500_000.0, 3.0]


def _positions(seq_len: int) -> torch.Tensor:
    return torch.randint(0, 5000, (seq_len,), generator=torch.Generator().manual_seed(seq_len))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("base", BASES)
def test_equals_the_complex_form(shape: tuple[int, ...], base: float) -> None:
    x, positions = ref.drawn(*shape, seed=1, dtype=torch.float64), _positions(shape[-2])
    exponents = -torch.arange(0, shape[-1], 2).double() / shape[-1]
    angles = torch.outer(positions.double(), torch.tensor(base).double() ** exponents)
    pairs = torch.view_as_complex(x.reshape(*shape[:-1], shape[-1] // 2, 2))
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    expected = torch.view_as_real(turned).reshape(shape)
    # 1e-11: an angle of 5,000 radians is exact to 5e-13 in float64.
    torch.testing.assert_close(ref.apply_rope(x, positions, base), expected, atol=1e-11, rtol=0)


@pytest.mark.parametrize("shape", [(2, 3, 7, 12), (1, 4, 6, 64)])
def test_equals_llama_after_the_permutation(shape: tuple[int, ...]) -> None:
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    config = llama.LlamaConfig(
        hidden_size=shape[1] * shape[3],
        num_attention_heads=shape[1],
        head_dim=shape[3],
        max_position_embeddings=5000,
    )
    x, positions = ref.drawn(*shape, seed=2, dtype=torch.float64), _positions(shape[2])
    cos, sin = llama.LlamaRotaryEmbedding(config)(x, positions[None])
    # Llama keeps the first members of all pairs in front and the second ones behind them.
    halves = torch.cat((x[..., 0::2], x[..., 1::2]), dim=-1)
    turned, _ = llama.apply_rotary_pos_emb(halves, halves, cos, sin)
    expected = torch.stack(turned.chunk(2, dim=-1), dim=-1).flatten(-2)
    # 5e-3: Llama takes 5,000-radian angles in float32, whose spacing there is 5e-4.
    torch.testing.assert_close(ref.apply_rope(x, positions), expected, atol=5e-3, rtol=0)


@pytest.mark.parametrize("shape", [(2, 3, 7, 12), (1, 4, 6, 64)])
def test_equals_gptj_which_pairs_neighbours(shape: tuple[int, ...]) -> None:
    gptj = pytest.importorskip("transformers.models.gptj.modeling_gptj")
    x, positions = ref.drawn(*shape, seed=3, dtype=torch.float64), torch.arange(shape[2])
    sin, cos = gptj.create_sinusoidal_positions(shape[2], shape[3]).chunk(2, dim=-1)
    turned = gptj.apply_rotary_pos_emb(x.transpose(1, 2), sin[None], cos[None])
    # 1e-5: GPT-J's table is float32.
    expected = turned.transpose(1, 2)
    torch.testing.assert_close(ref.apply_rope(x, positions), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("angle", [0.0, 0.5, -2.0, 7.0])
def test_matrix_is_the_exponential_of_its_generator(angle: float) -> None:
    generator = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    expected = torch.linalg.matrix_exp(angle * generator)
    torch.testing.assert_close(ref.rotation_matrix(angle), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("position", "theta"), [(0, 0.3), (3, 0.3), (1_000_000, 0.7)])
def test_rotate_equals_the_matrix_exponential(position: int, theta: float) -> None:
    vector = ref.drawn(2, seed=4, dtype=torch.float64)
    generator = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    within_a_turn = math.remainder(position * theta, 2 * math.pi)
    expected = torch.linalg.matrix_exp(within_a_turn * generator) @ vector
    torch.testing.assert_close(ref.rotate(vector, position, theta), expected, atol=1e-9, rtol=0)


def test_numbers_of_the_lesson() -> None:
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)

    def product(query_position: int, key_position: int) -> float:
        query, key = (ref.rotate(start, p, 0.3) for p in (query_position, key_position))
        return float(query @ key)

    assert ref.rotate(start, 3, 0.3).tolist() == pytest.approx([0.622, 0.783], abs=5e-4)
    assert ref.rotate(start, 7, 0.3).tolist() == pytest.approx([-0.505, 0.863], abs=5e-4)
    for shift in (0, 97, 1000):
        assert product(3 + shift, 7 + shift) == pytest.approx(math.cos(4 * 0.3), abs=1e-10)
    assert ref.speeds(8) == pytest.approx([1, 0.1, 0.01, 0.001])


def test_float32_keeps_the_angle_at_one_million() -> None:
    x, positions = ref.drawn(2, 8, seed=5, dtype=torch.float64), torch.tensor([1_000_000, 999_983])
    single = ref.apply_rope(x.float(), positions)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), ref.apply_rope(x, positions), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("shape", "length", "base", "named"),
    [
        ((3, 5), 3, 10.0, "head_dim"),
        ((3, 4), 3, 0.0, "base"),
        ((3, 4), 3, -2.0, "base"),
        ((3, 4), 1, 10.0, "positions"),
        ((3, 4), 4, 10.0, "positions"),
    ],
)
def test_rejects(shape: tuple[int, int], length: int, base: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        ref.apply_rope(torch.zeros(shape), torch.arange(length), base)


def test_the_checks_accept_the_reference() -> None:
    """Every check of the hidden tests passes on the reference itself."""
    for head_dim, base in ((2, 10_000.0), (8, 50.0)):
        ref.check_speeds(ref.apply_rope, head_dim, base)
    ref.check_fastest(ref.apply_rope, 6, 2.0)
    ref.check_base_matters(ref.apply_rope)
    ref.check_twice_the_width(ref.apply_rope, 4)
    ref.check_pairs(ref.images(ref.apply_rope, 1, 6, 30.0))
    ref.check_direction(ref.images(ref.apply_rope, 1, 10, 2.0))
    ref.check_rotate(ref.rotate, ref.rotation_matrix)
    ref.check_position_zero(ref.apply_rope)
    ref.check_lengths(ref.apply_rope)
    ref.check_relative(ref.apply_rope, 8, 1)
    ref.check_rows(ref.apply_rope)
    ref.check_as_right_far_away(ref.apply_rope, (1, 5), (4097, 1_000_000), atol=1e-5)
    ref.check_leading_axes(ref.apply_rope, (2, 4, 4, 6))
    ref.check_dtype(ref.rotate, ref.apply_rope)
    ref.check_inputs_kept(ref.rotate, ref.apply_rope)
    ref.check_errors(ref.apply_rope)
