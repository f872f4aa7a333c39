"""The router by hand: one token, one expert, one logit at a time, in double precision.

Source: Jiang et al., "Mixtral of Experts" (2024, arXiv 2401.04088), section 2.1:
G(x) = softmax(top-k(x W_g)). A softmax over all experts, cut to the k largest and divided by their
sum, is the same numbers, and is the form that the exercise teaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from reference import checks

TOLERANCE = 1e-5
"""Single precision: correct answers differ by up to 3e-7 here (logits near 1, d_model below 50)."""

SHIFTED_TOLERANCE = 2e-3
"""Near 10,000 single precision has steps of 1e-3, so that exp(logits - logsumexp(logits)), which
does not overflow, is off by up to 4e-4; an answer that overflows gives NaN."""


def router_probabilities(hidden_states: torch.Tensor, router_weight: torch.Tensor) -> torch.Tensor:
    """Probability of every expert for every token.

    Args:
        hidden_states: (num_tokens, d_model).
        router_weight: (num_experts, d_model), one row per expert.

    Returns:
        (num_tokens, num_experts), float64; each row sums to 1.

    Raises:
        ValueError: the two arguments differ in d_model.
    """
    tokens, experts = hidden_states.tolist(), router_weight.tolist()
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(
            f"hidden_states and router_weight differ in d_model: "
            f"{hidden_states.shape[1]} and {router_weight.shape[1]}"
        )
    rows = [_softmax([_dot(token, expert) for expert in experts]) for token in tokens]
    return torch.tensor(rows, dtype=torch.float64).reshape(len(tokens), len(experts))


def select_experts(router_probs: torch.Tensor, top_k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The top_k most probable experts of every token, with weights that sum to 1.

    Args:
        router_probs: (num_tokens, num_experts).
        top_k: experts a token uses, 1..num_experts.

    Returns:
        expert_weights (float64) and expert_ids (int64), both (num_tokens, top_k), most probable
        first.

    Raises:
        ValueError: top_k out of range.
    """
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    all_weights, all_ids = [], []
    for row in router_probs.tolist():
        ids = sorted(range(num_experts), key=lambda expert: -row[expert])[:top_k]
        share = math.fsum(row[expert] for expert in ids)
        all_weights.append([row[expert] / share for expert in ids])
        all_ids.append(ids)
    shape = (num_tokens, top_k)
    weights = torch.tensor(all_weights, dtype=torch.float64).reshape(shape)
    return weights, torch.tensor(all_ids, dtype=torch.int64).reshape(shape)


def one_by_one(
    select_experts: Callable[[torch.Tensor, int], Any], router_probs: torch.Tensor, top_k: int
) -> list[tuple[torch.Tensor, list[int]]]:
    """A student's choice for each token alone: a mistake between tokens does not show in it.

    Args:
        select_experts: the student's function.
        router_probs: (num_tokens, num_experts).
        top_k: experts a token uses.

    Returns:
        For each token its weights (top_k,), float64, and its ids.

    Raises:
        AssertionError: an answer is not of shape (1, top_k).
    """
    chosen = []
    tokens = [(row[None].clone(), top_k) for row in router_probs]
    for answer in checks.each(select_experts, tokens):
        weights, ids = (checks.tensor(part, (1, top_k))[0] for part in answer)
        chosen.append((weights.double(), [int(number) for number in ids.tolist()]))
    return chosen


def make_inputs(
    num_tokens: int,
    d_model: int,
    num_experts: int,
    seed: int,
    dtype: torch.dtype = torch.float32,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Random hidden_states and router_weight whose logits have standard deviation 1.

    With router weights of standard deviation 1 the largest two probabilities would hold 0.99 of
    the whole, and a missing renormalisation would hardly show.
    """
    generator = torch.Generator().manual_seed(seed)
    hidden_states = torch.randn(num_tokens, d_model, generator=generator, dtype=dtype)
    router_weight = torch.randn(num_experts, d_model, generator=generator, dtype=dtype)
    return hidden_states, router_weight / math.sqrt(d_model)


def make_probs(num_tokens: int, num_experts: int, seed: int) -> torch.Tensor:
    """Random probabilities (num_tokens, num_experts), float32, without near ties in a row.

    Each row holds the same steps 1.5 : 2.5 : 3.5 ... in an order of its own, with some noise.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(num_tokens, num_experts, generator=generator).argsort(dim=1)
    noise = torch.rand(num_tokens, num_experts, generator=generator)
    scores = order + 1.5 + 0.5 * noise
    return scores / scores.sum(dim=1, keepdim=True)


def make_shifted_inputs(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Five hidden states with small logits, and what takes all their logits far from zero.

    Returns:
        hidden_states, a shift (5, 16) and router_weight (4, 16). All logits are integers, so that
        nothing is rounded. Adding the shift adds 10,000 to every logit of every token through the
        last channel, in which all experts have the same weight.
    """
    generator = torch.Generator().manual_seed(seed)
    near = torch.randint(-1, 2, (5, 16), generator=generator).float()
    router_weight = torch.randint(-1, 2, (4, 16), generator=generator).float()
    near[:, -1], router_weight[:, -1] = 0.0, 100.0
    shift = torch.zeros(5, 16)
    shift[:, -1] = 100.0
    return near, shift, router_weight


def _dot(left: list[float], right: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


def _softmax(logits: list[float]) -> list[float]:
    # Only differences count; without the largest one exp(10000) would overflow.
    largest = max(logits)
    powers = [math.exp(logit - largest) for logit in logits]
    total = math.fsum(powers)
    return [power / total for power in powers]
