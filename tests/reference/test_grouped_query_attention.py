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
    inputs = ref.constant_value_inputs(6, 3, 4, seed=1)
    actual = ref.grouped_query_attention(*inputs, 3, 3)
    expected = inputs.w_v[0].double().expand(6, 12)
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=0)


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
