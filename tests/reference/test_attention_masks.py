"""The reference against transformers' and torch's own masks, SDPA, and powers of masks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import create_mask

from reference import attention_masks as ref

WINDOWS = [(1, 1), (10, 3), (10, 1), (7, 7), (6, 20), (33, 8)]


def _transformers_mask(seq_len: int, window: int | None) -> torch.Tensor:
    masking_utils = pytest.importorskip("transformers.masking_utils")
    rule = (
        masking_utils.causal_mask_function
        if window is None
        else masking_utils.sliding_window_causal_mask_function(window)
    )
    mask = masking_utils.sdpa_mask(
        batch_size=1,
        q_length=seq_len,
        kv_length=seq_len,
        mask_function=rule,
        allow_is_causal_skip=False,
    )
    allowed: torch.Tensor = mask[0, 0]
    return allowed


@pytest.mark.parametrize(("seq_len", "window"), WINDOWS)
def test_window_equals_transformers(seq_len: int, window: int) -> None:
    expected = _transformers_mask(seq_len, window)
    assert torch.equal(ref.sliding_window_mask(seq_len, window), expected)


@pytest.mark.parametrize("seq_len", [1, 2, 10, 31])
def test_causal_equals_transformers(seq_len: int) -> None:
    assert torch.equal(ref.causal_mask(seq_len), _transformers_mask(seq_len, None))


@pytest.mark.parametrize(
    ("seq_len", "window", "dilation"), [(10, 3, 2), (23, 4, 3), (16, 3, 1), (5, 4, 9), (40, 6, 5)]
)
def test_dilated_equals_flex_attention(seq_len: int, window: int, dilation: int) -> None:
    def rule(
        batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor
    ) -> torch.Tensor:
        behind = query - key
        return (behind >= 0) & (behind % dilation == 0) & (behind // dilation < window)

    expected = create_mask(rule, 1, 1, seq_len, seq_len, device="cpu")[0, 0]
    assert torch.equal(ref.dilated_mask(seq_len, window, dilation), expected)


def test_sdpa_accepts_the_masks_and_no_row_is_empty() -> None:
    generator = torch.Generator().manual_seed(1)
    q, k, v = (torch.randn(12, 4, generator=generator, dtype=torch.float64) for _ in range(3))
    scores = q @ k.T / 2
    masks = (ref.causal_mask(12), ref.sliding_window_mask(12, 3), ref.dilated_mask(12, 3, 2))
    for mask in masks:
        actual = F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=mask)[0]
        expected = scores.masked_fill(~mask, float("-inf")).softmax(-1) @ v
        torch.testing.assert_close(actual, expected)
        assert torch.isfinite(actual).all()
    causal = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    masked = F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=masks[0])[0]
    torch.testing.assert_close(causal, masked)


@pytest.mark.parametrize("window", [2, 3, 4, 7])
def test_layers_equal_the_powers_of_a_mask(window: int) -> None:
    """After L layers the last token depends on the keys that the L-th power reaches."""
    seq_len = 25
    mask = ref.sliding_window_mask(seq_len, window).double()
    reached = torch.eye(seq_len, dtype=torch.float64)
    first_layer: dict[int, int] = {}
    for layer in range(seq_len):
        for distance in range(seq_len):
            if reached[-1, seq_len - 1 - distance] > 0:
                first_layer.setdefault(distance, layer)
        reached = (reached @ mask > 0).double()
    for distance, layers in first_layer.items():
        assert ref.layers_to_reach(distance, window) == layers
    assert len(first_layer) == seq_len


@pytest.mark.parametrize(
    ("distance", "window", "layers"),
    [
        (0, 1, 0),
        (12, 4, 4),
        (13, 4, 5),
        (49_999, 4096, 13),
        (131_071, 4096, 33),
        (4095, 4096, 1),
        (4096, 4096, 2),
    ],
)
def test_layers_by_hand(distance: int, window: int, layers: int) -> None:
    assert ref.layers_to_reach(distance, window) == layers


@pytest.mark.parametrize(
    ("mask", "scores"),
    [
        (ref.causal_mask(10), 55),
        (ref.sliding_window_mask(10, 3), 27),
        (ref.dilated_mask(10, 3, 2), 24),
        (ref.dilated_mask(10, 3, 3), 21),
        (ref.dilated_mask(10, 3, 4), 18),
        (ref.causal_mask(64), 2_080),
        (ref.causal_mask(256), 32_896),
        (ref.sliding_window_mask(64, 16), 904),
        (ref.sliding_window_mask(256, 16), 3_976),
        (ref.dilated_mask(64, 8, 4), 400),
        (ref.dilated_mask(256, 8, 2), 1_992),
        (ref.dilated_mask(64, 16, 4), 544),
        (ref.dilated_mask(256, 16, 4), 3_616),
    ],
)
def test_numbers_of_the_lesson(mask: torch.Tensor, scores: int) -> None:
    assert ref.count_scores(mask) == scores == int(mask.sum())


def test_keys_of_an_odd_and_an_even_row() -> None:
    mask = ref.dilated_mask(10, 3, 2)
    assert mask[7].nonzero().flatten().tolist() == [3, 5, 7]
    assert mask[8].nonzero().flatten().tolist() == [4, 6, 8]


def test_the_checks_accept_the_reference() -> None:
    """Every check of the hidden tests passes on the reference itself."""
    masks = (ref.causal_mask, ref.sliding_window_mask, ref.dilated_mask)
    assert len(ref.sample_masks(*masks)) == 5
    ref.check_steps(ref.dilated_mask, 20, 4, 3)
    ref.check_farthest(ref.dilated_mask, 20, 4, 3)
    ref.check_last_rows(ref.sliding_window_mask, 7)
    ref.check_errors(*masks, ref.layers_to_reach)


def test_a_mask_written_another_way_round_is_put_right() -> None:
    """Rows and columns, True and False, 0 and minus infinity: each has a test of its own."""
    for mask in (ref.causal_mask(6), ref.sliding_window_mask(9, 3), ref.dilated_mask(9, 2, 3)):
        added = torch.zeros(mask.shape).masked_fill(~mask, float("-inf"))
        for other in (mask, ~mask, mask.T, mask.float(), added):
            assert torch.equal(ref.before(other, len(mask)), mask.tril(-1))


def test_a_window_on_both_sides_is_not_put_right() -> None:
    both = torch.ones(4, 4, dtype=torch.bool)
    assert torch.equal(ref.before(both, 4), both.tril(-1))
