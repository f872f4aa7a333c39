"""The reference against torch's and transformers' own grouped-query attention."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from reference import grouped_query_attention as ref

SIZES = [
    # num_tokens, d_model, num_heads, num_kv_heads, head_dim
    (16, 64, 8, 2, 8),
    (7, 24, 12, 3, 4),
    (5, 24, 4, 4, 6),
    (5, 24, 4, 1, 6),
    (1, 10, 2, 1, 3),
]


def _inputs(size: tuple[int, ...]) -> ref.Inputs:
    return ref.make_inputs(*size, seed=sum(size), dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
def test_equals_scaled_dot_product_attention(size: tuple[int, ...]) -> None:
    num_tokens, _, num_heads, num_kv_heads, _ = size
    inputs = _inputs(size)

    def heads(weight: torch.Tensor, count: int) -> torch.Tensor:
        return (inputs.hidden_states @ weight).view(1, num_tokens, count, -1).transpose(1, 2)

    joined = F.scaled_dot_product_attention(
        heads(inputs.w_q, num_heads),
        heads(inputs.w_k, num_kv_heads),
        heads(inputs.w_v, num_kv_heads),
        is_causal=True,
        enable_gqa=True,
    )
    expected = joined[0].transpose(0, 1).reshape(num_tokens, -1) @ inputs.w_o
    actual = ref.grouped_query_attention(*inputs, num_heads, num_kv_heads)
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("size", SIZES)
def test_equals_llama_attention_without_rotation(size: tuple[int, ...]) -> None:
    llama = pytest.importorskip("transformers.models.llama.modeling_llama")
    num_tokens, d_model, num_heads, num_kv_heads, head_dim = size
    config = llama.LlamaConfig(
        hidden_size=d_model,
        num_attention_heads=num_heads,
        num_key_value_heads=num_kv_heads,
        head_dim=head_dim,
        attn_implementation="eager",
    )
    layer = llama.LlamaAttention(config, layer_idx=0).double()
    inputs = _inputs(size)
    layer.load_state_dict(
        {f"{name}_proj.weight": getattr(inputs, f"w_{name}").T for name in "qkvo"}
    )
    # cos 1 and sin 0 rotate by nothing; the additive mask is minus infinity above the diagonal.
    rotation = (torch.ones(1, num_tokens, head_dim), torch.zeros(1, num_tokens, head_dim))
    mask = torch.full((num_tokens, num_tokens), float("-inf"), dtype=torch.float64).triu(1)
    expected, weights = layer(
        inputs.hidden_states[None],
        position_embeddings=tuple(part.double() for part in rotation),
        attention_mask=mask[None, None],
    )
    assert weights.shape == (1, num_heads, num_tokens, num_tokens)
    actual = ref.grouped_query_attention(*inputs, num_heads, num_kv_heads)
    # Llama's eager path takes the softmax in float32, so 1e-6 is its error, not ours.
    torch.testing.assert_close(actual, expected[0].detach(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", SIZES)
def test_cache_elements_count_a_real_cache(size: tuple[int, ...]) -> None:
    transformers = pytest.importorskip("transformers")
    num_tokens, _, _, num_kv_heads, head_dim = size
    cache = transformers.DynamicCache()
    block = torch.zeros(1, num_kv_heads, num_tokens, head_dim)
    cache.update(block, block, layer_idx=0)
    stored = cache.layers[0].keys.numel() + cache.layers[0].values.numel()
    assert ref.kv_cache_elements(num_tokens, num_kv_heads, head_dim) == stored


@pytest.mark.parametrize("size", SIZES)
def test_projection_parameters_count_real_matrices(size: tuple[int, ...]) -> None:
    inputs = _inputs(size)
    _, d_model, _, num_kv_heads, head_dim = size
    expected = inputs.w_k.numel() + inputs.w_v.numel()
    assert ref.kv_projection_parameters(d_model, num_kv_heads, head_dim) == expected


def test_numbers_of_the_setting() -> None:
    assert ref.kv_cache_elements(16, 8, 8) == 2048
    assert ref.kv_cache_elements(16, 2, 8) == 512
    assert ref.kv_projection_parameters(64, 8, 8) == 8192
    assert ref.kv_projection_parameters(64, 2, 8) == 2048


def test_constant_values_come_out_unchanged() -> None:
    inputs = ref.constant_value_inputs(6, 8, seed=1)
    actual = ref.grouped_query_attention(*inputs, 1, 1)
    expected = inputs.w_v[0].double().expand(6, 8)
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=0)


def test_the_checks_accept_the_reference() -> None:
    """Every check of the hidden tests passes on the reference itself."""
    for num_heads, num_kv_heads in ((12, 3), (4, 4), (4, 1)):
        ref.check_who_shares(ref.grouped_query_attention, num_heads, num_kv_heads)
        ref.check_written_out(ref.grouped_query_attention, num_heads, num_kv_heads, 3)
    for head_dim in (3, 8):
        ref.check_scale(ref.grouped_query_attention, head_dim, seed=head_dim)
        ref.check_width(ref.grouped_query_attention, 12, head_dim)
    ref.check_split(ref.grouped_query_attention)
    ref.check_join(ref.grouped_query_attention)


def test_a_token_that_may_not_see_itself_is_judged_by_a_second_one() -> None:
    inputs = ref.make_inputs(1, 5, 1, 1, 5, seed=3)

    def earlier_tokens_only(states: torch.Tensor, *weights: torch.Tensor) -> torch.Tensor:
        rows = [torch.full((5,), float("nan"))] * len(states)
        rows[1:] = [(states @ weights[2] @ weights[3])[0]] * (len(states) - 1)
        return torch.stack(rows)

    row = ref.one_token(lambda *given: earlier_tokens_only(*given[:5]), inputs, 1, 1)
    expected = ref.grouped_query_attention(*inputs, 1, 1)[0]
    torch.testing.assert_close(row, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("field", "shape"), ref.BAD_SHAPES)
def test_rejects_widths_that_do_not_match(field: str, shape: tuple[int, int]) -> None:
    inputs = ref.make_inputs(3, 12, 4, 2, 3, seed=0)
    with pytest.raises(ValueError, match=field):
        ref.grouped_query_attention(*inputs._replace(**{field: torch.zeros(shape)}), 4, 2)


@pytest.mark.parametrize("num_kv_heads", [0, 3, 5, 8])
def test_rejects_heads_that_do_not_divide(num_kv_heads: int) -> None:
    inputs = ref.make_inputs(3, 12, 4, 2, 3, seed=0)
    with pytest.raises(ValueError, match=f"num_kv_heads={num_kv_heads}"):
        ref.grouped_query_attention(*inputs, 4, num_kv_heads)
