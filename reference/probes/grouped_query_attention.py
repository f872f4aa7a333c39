"""Probes of grouped-query attention."""

from typing import Any

import torch
from torch import Tensor, tensor

from reference.probes import Probes
from reference.probes.helpers import Function, keeps_inputs


def drawn(*shape: int, seed: int) -> Tensor:
    """Numbers between -1 and 1, the same on every machine."""
    generator = torch.Generator().manual_seed(900 + seed)
    return torch.rand(*shape, generator=generator) * 2 - 1


def arguments(
    num_tokens: int, d_model: int, num_heads: int, num_kv_heads: int, head_dim: int
) -> tuple[Any, ...]:
    """Hidden states and weights of these sizes, and the numbers of heads."""
    return (
        drawn(num_tokens, d_model, seed=1),
        drawn(d_model, num_heads * head_dim, seed=2),
        drawn(d_model, num_kv_heads * head_dim, seed=3),
        drawn(d_model, num_kv_heads * head_dim, seed=4),
        drawn(num_heads * head_dim, d_model, seed=5),
        num_heads,
        num_kv_heads,
    )


def attention(
    function: Function, *, tokens: int, width: int, heads: int, kv_heads: int, head_dim: int
) -> Any:
    """The output for drawn inputs of these sizes."""
    return function(*arguments(tokens, width, heads, kv_heads, head_dim))


def who_reads_whom(function: Function, *, heads: int, kv_heads: int) -> Any:
    """For one token: column h holds the number of the KV head whose value query head h returns.

    With one token every softmax is 1, so that head h returns its KV head's value, here the number
    of that head, and w_o is the identity.
    """
    w_v = torch.arange(float(kv_heads)).reshape(1, kv_heads) + 1
    w_v = torch.cat([w_v, torch.zeros(heads - 1, kv_heads)])
    hidden_states = torch.zeros(1, heads)
    hidden_states[0, 0] = 1.0
    zero_q, zero_k = torch.zeros(heads, heads), torch.zeros(heads, kv_heads)
    return function(hidden_states, zero_q, zero_k, w_v, torch.eye(heads), heads, kv_heads)


def means(function: Function, *, tokens: int, heads: int, kv_heads: int, head_dim: int) -> Any:
    """With zero scores every token gets the mean of the values so far; w_o is the identity.

    Only KV head 0 has values that are not 0: number c of it is (token + 1) * (c + 1).
    """
    width = heads * head_dim
    hidden_states = torch.zeros(tokens, width)
    hidden_states[:, 0] = torch.arange(1.0, tokens + 1)
    w_v = torch.zeros(width, kv_heads * head_dim)
    w_v[0, :head_dim] = torch.arange(1.0, head_dim + 1)
    w_k = torch.zeros(width, kv_heads * head_dim)
    return function(
        hidden_states, torch.zeros(width, width), w_k, w_v, torch.eye(width), heads, kv_heads
    )


def one_head(function: Function, scores: list[list[float]]) -> Any:
    """One head of width 4 on 2 tokens: row i shows how token i weighs the tokens.

    ``scores`` are the dot products of queries and keys, before they are divided.
    """
    hidden_states = torch.eye(2)
    w_q = torch.zeros(2, 4)
    w_q[:, :2] = tensor(scores)
    w_k = torch.zeros(2, 4)
    w_k[:, :2] = torch.eye(2)
    w_o = torch.zeros(4, 2)
    w_o[:2] = torch.eye(2)
    return function(hidden_states, w_q, w_k, w_k, w_o, 1, 1)


def with_shape(function: Function, **shapes: tuple[int, int]) -> Any:
    """The output for 2 tokens of width 4 and 2 heads that share one KV head of width 2.

    The matrix that is named has another shape than it should.
    """
    given = list(arguments(2, 4, 2, 1, 2))
    for name, shape in shapes.items():
        given[("hidden_states", "w_q", "w_k", "w_v", "w_o").index(name)] = drawn(*shape, seed=1)
    return function(*given)


_BAD_SHAPES = (
    "w_q=(4, 5)", "w_k=(3, 2)", "w_k=(4, 6)", "w_v=(3, 2)", "w_v=(4, 6)", "w_o=(6, 4)", "w_o=(4, 6)",
)  # fmt: skip
"""Columns of w_q that two heads cannot share, then rows and columns of each other matrix."""

FUNCTIONS = {
    "grouped_query_attention": Probes(
        text=[
            "attention(grouped_query_attention, tokens=16, width=64, heads=8, kv_heads=2, head_dim=8).shape",
            "attention(grouped_query_attention, tokens=16, width=64, heads=8, kv_heads=2, head_dim=8)[3]",
        ],
        values=[
            "one_head(grouped_query_attention, [[1., 0.], [1., 3.]])",
            "one_head(grouped_query_attention, [[5., 0.], [4., 0.]])",
            "who_reads_whom(grouped_query_attention, heads=2, kv_heads=1)",
            "who_reads_whom(grouped_query_attention, heads=4, kv_heads=2)",
            "who_reads_whom(grouped_query_attention, heads=6, kv_heads=3)",
            "who_reads_whom(grouped_query_attention, heads=6, kv_heads=2)",
            "means(grouped_query_attention, tokens=3, heads=1, kv_heads=1, head_dim=2)",
            "means(grouped_query_attention, tokens=3, heads=2, kv_heads=1, head_dim=3)",
            "means(grouped_query_attention, tokens=4, heads=2, kv_heads=2, head_dim=2)",
            "attention(grouped_query_attention, tokens=1, width=3, heads=2, kv_heads=1, head_dim=2)",
            "attention(grouped_query_attention, tokens=2, width=4, heads=1, kv_heads=1, head_dim=4)",
            "attention(grouped_query_attention, tokens=3, width=4, heads=2, kv_heads=2, head_dim=2)",
            "attention(grouped_query_attention, tokens=3, width=5, heads=2, kv_heads=2, head_dim=3)",
            "attention(grouped_query_attention, tokens=3, width=5, heads=4, kv_heads=2, head_dim=3)",
            "attention(grouped_query_attention, tokens=5, width=6, heads=6, kv_heads=2, head_dim=2)",
            "attention(grouped_query_attention, tokens=4, width=6, heads=6, kv_heads=3, head_dim=2)",
            "attention(grouped_query_attention, tokens=20, width=4, heads=2, kv_heads=1, head_dim=2)[18]",
            "keeps_inputs(grouped_query_attention, *arguments(3, 4, 2, 1, 2))",
        ],
        refusals=[
            "attention(grouped_query_attention, tokens=2, width=4, heads=3, kv_heads=2, head_dim=2)",
            "attention(grouped_query_attention, tokens=2, width=4, heads=2, kv_heads=4, head_dim=2)",
            "grouped_query_attention(drawn(2, 3, seed=1), *arguments(2, 4, 2, 1, 2)[1:])",
            *(f"with_shape(grouped_query_attention, {shape})" for shape in _BAD_SHAPES),
        ],
        tolerance=1e-3,
    ),
    "kv_cache_elements": Probes(
        text=["kv_cache_elements(16, 2, 8)", "kv_cache_elements(16, 8, 8)"],
        values=[
            "kv_cache_elements(1, 1, 1)",
            "kv_cache_elements(3, 2, 5)",
            "kv_cache_elements(7, 1, 16)",
        ],
    ),
    "kv_projection_parameters": Probes(
        text=["kv_projection_parameters(64, 2, 8)", "kv_projection_parameters(64, 8, 8)"],
        values=[
            "kv_projection_parameters(1, 1, 1)",
            "kv_projection_parameters(6, 2, 5)",
            "kv_projection_parameters(48, 3, 16)",
        ],
    ),
}
__all__ = ["keeps_inputs"]
