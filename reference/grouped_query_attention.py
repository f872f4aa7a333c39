"""Grouped-query attention, one head and one token at a time.

Source: Ainslie et al. 2023, "GQA: Training Generalized Multi-Query Transformer Models from
Multi-Head Checkpoints" (arXiv 2305.13245), section 2.2; the attention itself is equation 1 of
Vaswani et al. 2017. The loops are slow and follow the sentence "query head h reads key/value head
h // (num_heads // num_kv_heads)" by the letter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from reference import checks

Attention = Callable[..., Any]

FLOAT32_ATOL = 1e-4
"""Outputs are of order 1. Over 100 seeds of the tested shapes the correct sample answers, in
float32, stay within 2e-6 of this float64 reference; the nearest wrong one is more than 0.1 away."""

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
        """A weight (rows, columns) with standard deviation 1/sqrt(rows)."""
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


def constant_value_inputs(num_tokens: int, head_dim: int, *, seed: int) -> Inputs:
    """Inputs of one head whose value vectors are the same for every token, with identity ``w_o``.

    Any weights that sum to 1 over the keys average equal values to that same value, whatever the
    scale or the mask: each output row must be the first row of ``w_v``. The keys are the values.

    Args:
        num_tokens: rows of the hidden states.
        head_dim: width of the head, and ``d_model``.
        seed: of the generator.

    Returns:
        The five tensors.
    """
    inputs = make_inputs(num_tokens, head_dim, 1, 1, head_dim, seed=seed)
    states, w_v = inputs.hidden_states.clone(), torch.zeros_like(inputs.w_v)
    states[:, 0] = 1.0
    w_v[0] = math.sqrt(head_dim) * inputs.w_v[0]
    return Inputs(states, inputs.w_q, w_v.clone(), w_v, torch.eye(head_dim))


# What the hidden tests need beyond the functions of the exercise. A mask that hides the token
# itself makes the first row NaN; it has a test of its own, so the others look at later rows.


def shaped(output: Any, num_tokens: int) -> torch.Tensor:
    """A student's output as float64, NaN allowed, with one row per token."""
    assert type(output) in (torch.Tensor, np.ndarray), f"got {type(output).__name__}"
    result = torch.as_tensor(output).detach().double()
    assert result.shape[:-1] == (num_tokens,), f"got shape {tuple(result.shape)}"
    return result


def later_rows(output: Any, shape: tuple[int, int]) -> torch.Tensor:
    """All rows of a student's output but the first."""
    return checks.tensor(shaped(output, shape[0])[1:], (shape[0] - 1, shape[1]))


def one_token(attend: Attention, inputs: Inputs, num_heads: int, num_kv_heads: int) -> torch.Tensor:
    """The output row of a single token, which can attend to nothing but itself.

    Where that is NaN, the token stands there twice and the second one's row counts.
    """
    row = shaped(attend(*inputs, num_heads, num_kv_heads), 1)[0]
    if row.isnan().all():
        twice = inputs._replace(hidden_states=inputs.hidden_states.repeat(2, 1))
        row = shaped(attend(*twice, num_heads, num_kv_heads), 2)[1]
    return row


def check_who_shares(attend: Attention, num_heads: int, num_kv_heads: int) -> None:
    """Every query head gets the value of its own KV head, and of no other.

    Heads are 1 wide, so the order in which a head's numbers are joined plays no part; keys equal
    values and ``w_o`` is the identity, so neither do mistakes with these.
    """
    inputs = make_inputs(1, num_heads, num_heads, num_kv_heads, 1, seed=num_heads)
    inputs = inputs._replace(w_k=inputs.w_v.clone(), w_o=torch.eye(num_heads))
    output = one_token(attend, inputs, num_heads, num_kv_heads)
    values = inputs.hidden_states[0].double() @ inputs.w_v.double()
    expected = torch.stack([values[h // (num_heads // num_kv_heads)] for h in range(num_heads)])
    checks.close(output, expected, atol=FLOAT32_ATOL, what="the values read")


def check_written_out(attend: Attention, num_heads: int, num_kv_heads: int, head_dim: int) -> None:
    """With every KV head written out once per query head, multi-head attention gives the same.

    Both are the student's own outputs, so a wrong scale, mask or join does not fail here as well.
    """
    d_model, group = num_heads * head_dim, num_heads // num_kv_heads
    inputs = make_inputs(8, d_model, num_heads, num_kv_heads, head_dim, seed=head_dim)

    def written_out(weight: torch.Tensor) -> torch.Tensor:
        """A key or value weight (d_model, width) with each head's columns once per query head."""
        heads = weight.reshape(d_model, num_kv_heads, head_dim)
        return heads.repeat_interleave(group, dim=1).flatten(1)

    wide = inputs._replace(w_k=written_out(inputs.w_k), w_v=written_out(inputs.w_v))
    copies = (given.clone() for given in wide)  # inputs that are changed have a test of their own
    multi_head = later_rows(attend(*copies, num_heads, num_heads), (8, d_model))
    grouped = later_rows(attend(*inputs, num_heads, num_kv_heads), (8, d_model))
    assert grouped.std() > 0.1, "the output is the same everywhere"
    checks.close(grouped, multi_head, atol=FLOAT32_ATOL, what="the output")


def check_scale(attend: Attention, head_dim: int, seed: int) -> None:
    """One head, narrower than ``d_model``; the last of 7 tokens weighs the others rightly.

    Tokens are one-hot, so the rows of the matrices are queries, keys and values. The last token's
    own key is far from its query, so that it does not matter whether it sees itself. Keys are
    values, and ``w_o`` keeps the head's numbers in front.
    """
    num_tokens, d_model = 7, 4 * head_dim
    inputs = make_inputs(num_tokens, d_model, 1, 1, head_dim, seed=seed)
    query = 2 * math.sqrt(d_model) * inputs.w_q[num_tokens - 1]
    keys = math.sqrt(d_model) * inputs.w_k
    keys[num_tokens - 1] = -30 * query / query.square().sum().sqrt()
    w_q = torch.zeros_like(inputs.w_q)
    w_q[num_tokens - 1] = query
    given = Inputs(
        torch.eye(num_tokens, d_model), w_q, keys, keys.clone(), torch.eye(head_dim, d_model)
    )
    expected = grouped_query_attention(*given, 1, 1)[-1, :head_dim]
    row = shaped(attend(*given, 1, 1), num_tokens)[-1, :head_dim]
    checks.close(row, expected, atol=FLOAT32_ATOL, what="the last row")


def _heads_alone(attend: Attention, inputs: Inputs, num_heads: int) -> torch.Tensor:
    """What the same function returns for each head by itself, side by side; ``w_o`` is left out.

    With one head there is nothing to split or to join.
    """
    head_dim = inputs.w_q.shape[1] // num_heads
    heads = []
    for head in range(num_heads):
        place = slice(head * head_dim, (head + 1) * head_dim)
        w_q, w_k, w_v = (w[:, place].clone() for w in (inputs.w_q, inputs.w_k, inputs.w_v))
        w_o = torch.eye(head_dim, inputs.hidden_states.shape[1])
        output = attend(inputs.hidden_states.clone(), w_q, w_k, w_v, w_o, 1, 1)
        heads.append(shaped(output, len(inputs.hidden_states))[:, :head_dim])
    return torch.cat(heads, dim=1)


def check_split(attend: Attention) -> None:
    """Together the heads make the numbers that each of them makes alone, in whatever order.

    The order is the join's business. All heads have the same keys and values.
    """
    num_heads, head_dim = 3, 4
    inputs = make_inputs(5, 12, num_heads, 1, head_dim, seed=12)
    wide = {"w_k": inputs.w_k.repeat(1, num_heads), "w_v": inputs.w_v.repeat(1, num_heads)}
    inputs = inputs._replace(w_o=torch.eye(12), **wide)
    alone = _heads_alone(attend, inputs, num_heads)
    together = shaped(attend(*inputs, num_heads, num_heads), 5)
    numbers, expected = (each.nan_to_num().flatten().sort().values for each in (together, alone))
    assert expected.std() > 0.1, "the output is the same everywhere"
    checks.close(numbers, expected, atol=FLOAT32_ATOL, what="the heads' numbers")


def check_join(attend: Attention) -> None:
    """Every row holds the heads of its own token, in order.

    As many tokens as heads, no scores, and head h of token t has the value of head t of token h:
    whoever exchanges tokens and heads at the split gets the same heads, so only the join counts.
    """
    num_heads, head_dim = 3, 4
    inputs = make_inputs(3, 12, num_heads, num_heads, head_dim, seed=13)
    values = inputs.w_v[:3].reshape(3, num_heads, head_dim)
    w_v = torch.zeros_like(inputs.w_v)
    w_v[:3] = (values + values.transpose(0, 1)).flatten(1)
    nothing = torch.zeros_like(inputs.w_q)
    inputs = Inputs(torch.eye(3, 12), nothing, nothing, w_v, torch.eye(12))
    alone = _heads_alone(attend, inputs, num_heads)[1:]
    together = later_rows(attend(*inputs, num_heads, num_heads), (3, 12))
    checks.close(together, alone, atol=FLOAT32_ATOL, what="the joined heads")


def check_width(attend: Attention, d_model: int, head_dim: int) -> None:
    """Four heads that together are wider or narrower than ``d_model``: one token's output.

    ``w_o`` adds up all numbers of all heads, so their order plays no part.
    """
    inputs = make_inputs(1, d_model, 4, 4, head_dim, seed=head_dim)
    inputs = inputs._replace(w_k=inputs.w_v.clone(), w_o=torch.ones(4 * head_dim, d_model))
    expected = grouped_query_attention(*inputs, 4, 4)[0]
    output = one_token(attend, inputs, 4, 4)
    checks.close(output, expected, atol=FLOAT32_ATOL, what="the output")


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
