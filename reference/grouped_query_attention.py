"""Grouped-query attention, one head and one token at a time.

Source: Ainslie et al. 2023, "GQA: Training Generalized Multi-Query Transformer Models from
Multi-Head Checkpoints" (arXiv 2305.13245), section 2.2; the attention itself is equation 1 of
Vaswani et al. 2017. The loops are slow and follow the sentence "query head h reads key/value head
h // (num_heads // num_kv_heads)" by the letter.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

FLOAT32_ATOL = 1e-4
"""Outputs are of order 1. Over 100 seeds of the tested shapes the correct answers of the bank, in
float32, stay within 2e-6 of this float64 reference; the nearest wrong one is more than 0.1 away."""

FLOAT64_ATOL = 1e-12
"""The same answers in float64 stay within 1e-15; one step through float32 costs about 1e-7."""

BAD_SHAPES = (
    ("w_q", (13, 12)),
    ("w_q", (12, 13)),
    ("w_k", (13, 6)),
    ("w_k", (12, 3)),
    ("w_v", (13, 6)),
    ("w_v", (12, 12)),
    ("w_o", (15, 12)),
    ("w_o", (12, 11)),
)
"""Fields and shapes that do not fit 3 tokens of width 12, 4 query heads, 2 KV heads of width 3."""


class Inputs(NamedTuple):
    """The five tensors that ``grouped_query_attention`` takes, in its argument order."""

    hidden_states: torch.Tensor
    w_q: torch.Tensor
    w_k: torch.Tensor
    w_v: torch.Tensor
    w_o: torch.Tensor


def grouped_query_attention(
    hidden_states: torch.Tensor,
    w_q: torch.Tensor,
    w_k: torch.Tensor,
    w_v: torch.Tensor,
    w_o: torch.Tensor,
    num_heads: int,
    num_kv_heads: int,
) -> torch.Tensor:
    """Causal self-attention in which groups of query heads share keys and values.

    Args:
        hidden_states: (num_tokens, d_model).
        w_q: (d_model, num_heads * head_dim).
        w_k: (d_model, num_kv_heads * head_dim).
        w_v: (d_model, num_kv_heads * head_dim).
        w_o: (num_heads * head_dim, d_model).
        num_heads: query heads.
        num_kv_heads: key/value heads; divides ``num_heads``.

    Returns:
        (num_tokens, d_model), float64.

    Raises:
        ValueError: ``num_heads`` is not a multiple of ``num_kv_heads``, or a width does not match.
    """
    inputs = Inputs(hidden_states, w_q, w_k, w_v, w_o)
    head_dim = _checked_head_dim(inputs, num_heads, num_kv_heads)
    states = hidden_states.double()
    heads = []
    for head in range(num_heads):
        kv_head = head // (num_heads // num_kv_heads)
        queries = states @ _columns(w_q, head, head_dim)
        keys = states @ _columns(w_k, kv_head, head_dim)
        values = states @ _columns(w_v, kv_head, head_dim)
        heads.append(_one_head(queries, keys, values))
    return torch.cat(heads, dim=1) @ w_o.double()


def kv_cache_elements(num_tokens: int, num_kv_heads: int, head_dim: int) -> int:
    """Numbers that one layer's cache holds: a key and a value for each token and KV head.

    Args:
        num_tokens: tokens in the cache.
        num_kv_heads: key/value heads.
        head_dim: numbers in one key, and in one value.

    Returns:
        Elements, not bytes.
    """
    keys = num_tokens * num_kv_heads * head_dim
    values = num_tokens * num_kv_heads * head_dim
    return keys + values


def kv_projection_parameters(d_model: int, num_kv_heads: int, head_dim: int) -> int:
    """Entries of W_k and W_v together, without bias.

    Args:
        d_model: width of the hidden states.
        num_kv_heads: key/value heads.
        head_dim: numbers in one key, and in one value.

    Returns:
        Parameters of one layer.
    """
    w_k = d_model * num_kv_heads * head_dim
    w_v = d_model * num_kv_heads * head_dim
    return w_k + w_v


def make_inputs(
    num_tokens: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    head_dim: int,
    *,
    seed: int,
    dtype: torch.dtype = torch.float32,
) -> Inputs:
    """Draw hidden states and weights so that queries, keys and outputs are of order 1.

    Args:
        num_tokens: rows of the hidden states.
        d_model: width of the hidden states.
        num_heads: query heads.
        num_kv_heads: key/value heads.
        head_dim: width of one head.
        seed: of the generator.
        dtype: of every tensor.

    Returns:
        The five tensors. Weights have standard deviation 1/sqrt(rows), so scaled scores have
        standard deviation 1 and a wrong scale moves the output by far more than rounding does.
    """
    generator = torch.Generator().manual_seed(seed)
    width, kv_width = num_heads * head_dim, num_kv_heads * head_dim

    def weight(rows: int, columns: int) -> torch.Tensor:
        drawn = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
        return (drawn / math.sqrt(rows)).to(dtype)

    states = torch.randn(num_tokens, d_model, generator=generator, dtype=torch.float64).to(dtype)
    w_q, w_k, w_v = weight(d_model, width), weight(d_model, kv_width), weight(d_model, kv_width)
    return Inputs(states, w_q, w_k, w_v, weight(width, d_model))


def names_for(field: str) -> tuple[str, ...]:
    """Names that a message about a badly shaped ``field`` may use.

    Whoever reads head_dim off ``w_k`` finds ``w_q`` or ``w_v`` at odds with a bad ``w_k``, and a
    width can be blamed on a count.
    """
    sources = ("hidden_states", "d_model", "head_dim", "num_heads", "num_kv_heads")
    return (field, "w_q", "w_k", "w_v", *sources)


def constant_value_inputs(num_tokens: int, num_heads: int, head_dim: int, *, seed: int) -> Inputs:
    """Inputs whose value vectors are the same for every token, with an identity ``w_o``.

    Any weights that sum to 1 over the keys average equal values to that same value, whatever the
    scale or the mask: each output row must be the first row of ``w_v``.

    Args:
        num_tokens: rows of the hidden states.
        num_heads: query heads, and as many key/value heads.
        head_dim: width of one head; ``d_model`` is ``num_heads * head_dim``.
        seed: of the generator.

    Returns:
        The five tensors.
    """
    d_model = num_heads * head_dim
    inputs = make_inputs(num_tokens, d_model, num_heads, num_heads, head_dim, seed=seed)
    states, w_v = inputs.hidden_states.clone(), torch.zeros_like(inputs.w_v)
    states[:, 0] = 1.0
    w_v[0] = math.sqrt(d_model) * inputs.w_v[0]
    return inputs._replace(hidden_states=states, w_v=w_v, w_o=torch.eye(d_model))


def _checked_head_dim(inputs: Inputs, num_heads: int, num_kv_heads: int) -> int:
    """Return the width of one head, after checking that every shape agrees with it."""
    if num_kv_heads < 1 or num_heads < 1 or num_heads % num_kv_heads:
        raise ValueError(
            f"num_heads must be a multiple of num_kv_heads, got num_heads={num_heads} "
            f"and num_kv_heads={num_kv_heads}"
        )
    d_model = inputs.hidden_states.shape[1]
    head_dim = inputs.w_q.shape[1] // num_heads
    width, kv_width = num_heads * head_dim, num_kv_heads * head_dim
    shapes = {
        "w_q": (d_model, width),
        "w_k": (d_model, kv_width),
        "w_v": (d_model, kv_width),
        "w_o": (width, d_model),
    }
    for name, shape in shapes.items():
        found = tuple(getattr(inputs, name).shape)
        if found != shape:
            raise ValueError(f"{name} has shape {found}, expected {shape}")
    return head_dim


def _columns(weight: torch.Tensor, head: int, head_dim: int) -> torch.Tensor:
    """The columns of a projection that belong to one head, in float64."""
    return weight[:, head * head_dim : (head + 1) * head_dim].double()


def _one_head(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Causal attention of one head: token i looks at tokens 0 to i."""
    rows = []
    for token in range(queries.shape[0]):
        scores = keys[: token + 1] @ queries[token] / math.sqrt(queries.shape[1])
        rows.append(torch.softmax(scores, dim=0) @ values[: token + 1])
    return torch.stack(rows)
