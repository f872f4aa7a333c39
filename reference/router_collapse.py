"""Reference for `router_collapse`: the balancing loss and the collapse experiment.

The toy is the notebook's given recipe, repeated here because a student's copy of it is not trusted;
``tests/reference/test_router_collapse.py`` holds the two copies to bitwise equality.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import nn

D_MODEL = 16
D_FF = 32
NUM_EXPERTS = 4
NUM_TOKENS = 128

_TASK = torch.Generator().manual_seed(20)
TARGET_MATRIX = torch.randn(D_MODEL, D_MODEL, generator=_TASK) / D_MODEL**0.5
INPUT_MEAN = D_MODEL**0.5 * F.normalize(torch.randn(D_MODEL, generator=_TASK), dim=0)

LOSS_RTOL = 1e-5
"""Single precision: correct losses, means of up to 40 probabilities, differ by up to 2e-7."""
SLOPE_RTOL = 1e-3
"""A difference of two losses of single precision is off by up to 2e-5 of itself; without one of its
two parts, or with a part too many, the gradient is off by a third and more."""
TRACE_STEPS = 30
"""Length of the balanced runs that hidden tests compare with the reference."""
MEAN_ATOL = 0.02
"""For shares averaged over 21 rows: a row more or less moves them by less than 0.01."""
COLLAPSE_STEPS = 60
"""Length of the run on the task alone: by then one expert has nearly every token. Only the last ten
rows are compared, so that a mistake in measuring the first or the last row costs its own test."""
TRACE_ATOL = 4 / NUM_TOKENS
"""Four tokens of a batch. Five correct ways to write the loss (float64, loops, einsum, one-hot,
``bincount``) gave equal rows on every seed tried; a token exactly between two experts may still
fall either way. A run measured one update early or late is 2 tokens away, the nearest wrong one
22. After two updates the shares of the batch just learned from are 13 tokens away, those of a batch
drawn for measuring alone 8."""


class ToyMoE(nn.Module):
    """One top-1 MoE layer whose output is scaled by the chosen expert's raw probability.

    Not renormalised: a renormalised top-1 weight is the constant 1 and the router would get no
    gradient from the task (Switch Transformer, section 2.1).
    """

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()

        def weights(*shape: int, scale: float) -> nn.Parameter:
            """Random parameters of this shape, with standard deviation ``scale``."""
            return nn.Parameter(scale * torch.randn(*shape, generator=generator))

        self.router = weights(D_MODEL, NUM_EXPERTS, scale=0.1)
        self.up = weights(NUM_EXPERTS, D_MODEL, D_FF, scale=0.1 / D_MODEL**0.5)
        self.down = weights(NUM_EXPERTS, D_FF, D_MODEL, scale=0.1 / D_FF**0.5)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Map (num_tokens, d_model) to outputs, router_probs and expert_ids."""
        router_probs = (inputs @ self.router).softmax(dim=-1)
        weight, expert_ids = router_probs.max(dim=-1)
        every_expert = F.gelu(inputs @ self.up) @ self.down
        chosen = every_expert[expert_ids, torch.arange(len(inputs))]
        return weight[:, None] * chosen, router_probs, expert_ids


def make_toy(seed: int) -> tuple[ToyMoE, torch.optim.Adam, torch.Generator]:
    """Return a fresh model, its optimizer and the generator of its batches, all from ``seed``."""
    generator = torch.Generator().manual_seed(seed)
    model = ToyMoE(generator)
    return model, torch.optim.Adam(model.parameters(), lr=1e-2), generator


def make_batch(generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw inputs N(INPUT_MEAN, 1) and targets tanh(inputs @ M), both (128, 16)."""
    inputs = INPUT_MEAN + torch.randn(NUM_TOKENS, D_MODEL, generator=generator)
    return inputs, torch.tanh(inputs @ TARGET_MATRIX)


def load_balancing_loss(
    router_probs: torch.Tensor, expert_ids: torch.Tensor, num_experts: int
) -> torch.Tensor:
    """The auxiliary loss of Switch Transformer (arXiv 2101.03961), eq. 4 to 6, without alpha.

    Written as eq. 4 reads, one expert after the other.

    Args:
        router_probs: (num_tokens, num_experts), rows sum to 1.
        expert_ids: (num_tokens,) or (num_tokens, top_k), the chosen experts.
        num_experts: number of experts.

    Returns:
        Scalar: num_experts * sum_i f_i * P_i. f_i is expert i's share of all choices and carries
        no gradient; P_i is its mean probability.

    Raises:
        ValueError: the second size of router_probs is not num_experts.
    """
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs has {router_probs.shape[1]} columns, num_experts is {num_experts}"
        )
    choices: list[int] = expert_ids.flatten().tolist()
    total = router_probs.new_zeros(())
    for expert in range(num_experts):
        share = choices.count(expert) / len(choices)
        total = total + share * router_probs[:, expert].mean()
    return num_experts * total


def shares(expert_ids: torch.Tensor, num_experts: int = NUM_EXPERTS) -> torch.Tensor:
    """Fraction of the choices that each expert got, (num_experts,) float64."""
    choices: list[int] = expert_ids.flatten().tolist()
    counts = [choices.count(expert) for expert in range(num_experts)]
    return torch.tensor(counts, dtype=torch.float64) / len(choices)


def train_moe(balance_coefficient: float, num_steps: int = 1000, seed: int = 0) -> torch.Tensor:
    """Train the toy and record who got the tokens.

    Args:
        balance_coefficient: alpha of Switch Transformer eq. 4; 0 trains on the task alone.
        num_steps: optimizer updates.
        seed: decides initial weights and batches.

    Returns:
        Utilization, (num_steps + 1, 4) float64: row t is measured on batch t before update t, the
        last row on one more batch.

    Raises:
        ValueError: balance_coefficient < 0 or num_steps < 1.
    """
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative, got {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1, got {num_steps}")
    return _train(float(balance_coefficient), num_steps, seed).clone()


@lru_cache(maxsize=32)
def _train(balance_coefficient: float, num_steps: int, seed: int) -> torch.Tensor:
    """One run; cached, since every submission of a class is compared with the same few runs."""
    return train_with(load_balancing_loss, balance_coefficient, num_steps, seed)


def train_with(
    balancing_loss: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor | float],
    balance_coefficient: float,
    num_steps: int,
    seed: int = 0,
) -> torch.Tensor:
    """The run of ``train_moe`` with another balancing loss, say a student's."""
    model, optimizer, generator = make_toy(seed)
    rows = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows.append(shares(expert_ids))
        loss = (outputs - targets).square().mean()
        if balance_coefficient:
            balance = balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
            loss = loss + balance_coefficient * balance
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    with torch.no_grad():
        rows.append(shares(model(make_batch(generator)[0])[2]))
    return torch.stack(rows)


def random_routing(
    num_tokens: int, num_experts: int, top_k: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities and choices for the hidden tests.

    The choices do not follow the probabilities, so that an argmax shows. Expert 0 is ahead in both,
    and every slot uses every expert, so that an idle expert is a matter of another test. No two
    probabilities of a token are nearly equal.

    Args:
        num_tokens: at least 3 / 2 num_experts.
        num_experts: at least 3.
        top_k: choices of a token.
        seed: of the probabilities.

    Returns:
        router_probs (num_tokens, num_experts) float32 and expert_ids (num_tokens, top_k) int64
        without repeats in a row.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(num_tokens, num_experts, generator=generator).argsort(dim=-1).float()
    order[: num_tokens // 2, 0] += num_experts
    noise = torch.rand(num_tokens, num_experts, generator=generator)
    place = torch.arange(num_tokens)
    first = torch.where(place < 2 * num_tokens // 3, (place + 1) % num_experts, 0)
    expert_ids = (first[:, None] + torch.arange(top_k)) % num_experts
    return (0.6 * order + 0.3 * noise).softmax(dim=-1), expert_ids


def routing_without_the_last(
    num_tokens: int, num_experts: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities, and the most probable expert of each token, which is never the last one.

    Returns:
        router_probs (num_tokens, num_experts) float32 and expert_ids (num_tokens,).
    """
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(num_tokens, num_experts, generator=generator)
    logits[:, -1] = logits.min(dim=-1).values - 0.5
    router_probs = logits.softmax(dim=-1)
    return router_probs, router_probs.argmax(dim=-1)


def towards_the_first(num_tokens: int, num_experts: int) -> torch.Tensor:
    """A small step (num_tokens, num_experts) of probabilities to expert 0; rows sum to 0."""
    row = torch.full((num_experts,), -0.01 / (num_experts - 1))
    row[0] = 0.01
    return row.expand(num_tokens, num_experts)


def balanced_routing(num_experts: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Every expert is chosen equally often and has the same mean probability, no row uniform.

    Returns:
        router_probs (3 * num_experts, num_experts) float64 and expert_ids (3 * num_experts,).
    """
    first = torch.arange(1, num_experts + 1, dtype=torch.float64)
    rows = torch.stack([first.roll(shift) for shift in range(num_experts)]) / first.sum()
    router_probs = rows.repeat(3, 1)
    return router_probs, router_probs.argmax(dim=-1)


def loss_gradient(expert_ids: torch.Tensor, num_tokens: int, num_experts: int) -> torch.Tensor:
    """Gradient of the loss by router_probs: num_experts / num_tokens * f_j in every row.

    Through the softmax it becomes num_experts / T * p_tj * (f_j - sum_i f_i p_ti).

    Returns:
        (num_tokens, num_experts) float64.
    """
    row = num_experts / num_tokens * shares(expert_ids, num_experts)
    return row.expand(num_tokens, num_experts)


def largest_share(utilization: torch.Tensor, last: int = 1) -> float:
    """Largest entry of the mean of the last rows: one batch of 128 tokens swings by itself."""
    return float(utilization[-last:].mean(dim=0).max())
