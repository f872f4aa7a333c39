"""Closed forms and small experiments that compute the facts."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import numpy as np
import torch

from reference import (
    attention_masks,
    continuous_batching,
    grouped_query_attention,
    moe_layer,
    parallelism_advisor,
    rope,
    router,
    router_collapse,
    speculative_decoding,
    training_memory,
)
from tests.facts.record import A100_FLOPS, A100_MEMORY_BYTES, GPT3, LLAMA_2_70B, NETWORK_BYTES


def block_ffn_share(d_model: int) -> float:
    """FFN share of a block with d_ff = 4 d_model, without biases and norms."""
    d_ff = 4 * d_model
    total, _ = moe_layer.counts_of_sizes(d_model, d_ff, 1, 1)
    ffn = total - d_ff - d_model - d_model  # less the biases and the one-expert router
    keys_values = grouped_query_attention.kv_projection_parameters(d_model, 8, d_model // 8)
    return ffn / (ffn + 2 * keys_values)


def kv_projection_flops(kv_heads: int, tokens: int) -> int:
    """FLOPs of making the keys and values of LLaMA 2 70B, 2 per weight and token."""
    weights = grouped_query_attention.kv_projection_parameters(8192, kv_heads, 128)
    return 2 * tokens * weights * LLAMA_2_70B.layers


def toy_counts(biases_ffn: bool, biases_router: bool) -> tuple[int, int]:
    """Total and active parameters of the exercise's layer under other bias conventions."""
    total, active = moe_layer.counts_of_sizes()
    without = 256 + 64
    change = (4 if biases_router else 0, 4 if biases_router else 0)
    if not biases_ffn:
        change = (change[0] - 4 * without, change[1] - 2 * without)
    return total + change[0], active + change[1]


def idle_experts(num_experts: int, top_k: int) -> int:
    probs = router.make_probs(1, num_experts, seed=0)
    _, ids = router.select_experts(probs, top_k)
    return num_experts - len(set(ids.flatten().tolist()))


def most_of_the_choices(top_k: int) -> float:
    """Largest share of all choices that one expert can have when each token chooses it."""
    probs = torch.tensor([[0.7, 0.1, 0.15, 0.05], [0.6, 0.25, 0.1, 0.05]])
    _, ids = router.select_experts(probs, top_k)
    return float(router_collapse.shares(ids, 4).max())


def random_pairs_sharing_an_expert(num_experts: int, top_k: int) -> float:
    sets = list(itertools.combinations(range(num_experts), top_k))
    return sum(bool(set(a) & set(b)) for a in sets for b in sets) / len(sets) ** 2


def balance_loss(kind: str) -> float:
    """Auxiliary loss without alpha of one of the named cases, or of the counter-example below 1."""
    n = 4
    if kind == "unsure":
        probs, ids = torch.tensor([[0.6, 0.4]] * 3), torch.zeros(3, dtype=torch.long)
        return float(router_collapse.load_balancing_loss(probs, ids, 2))
    if kind == "idle":
        probs = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]], dtype=torch.float64)
        return float(router_collapse.load_balancing_loss(probs, torch.arange(2), 3))
    uniform = torch.full((n, n), 1 / n, dtype=torch.float64)
    if kind == "balanced":
        return float(router_collapse.load_balancing_loss(uniform, torch.arange(n), n))
    if kind == "collapsed":
        probs = torch.eye(n, dtype=torch.float64)[[0] * n]
        first = torch.zeros(n, dtype=torch.long)
        return float(router_collapse.load_balancing_loss(probs, first, n))
    # Two tokens choose expert 0 by a hair, the third is sure of expert 1.
    probs = torch.tensor([[0.51, 0.49], [0.51, 0.49], [0.01, 0.99]], dtype=torch.float64)
    return float(router_collapse.load_balancing_loss(probs, probs.argmax(1), 2))


def squared_shares() -> float:
    """N * sum f^2 - CV^2 for some shares; the identity says 1."""
    shares = router_collapse.shares(torch.tensor([0, 0, 0, 1, 1, 2, 3, 0]))
    cv = shares.std(correction=0) / shares.mean()
    return float(len(shares) * shares.square().sum() - cv**2)


def gelu_difference() -> float:
    x = torch.linspace(-6, 6, 100_001, dtype=torch.float64)
    gelu = torch.nn.functional.gelu
    return float((gelu(x) - gelu(x, approximate="tanh")).abs().max())


def causal_scores(seq_len: int, window: int | None = None) -> int:
    """Query-key pairs of causal attention, as a closed form for lengths no mask can have."""
    reach = min(window or seq_len, seq_len)
    return reach * (reach + 1) // 2 + (seq_len - reach) * reach


def mask_entries(seq_len: int, window: int | None = None, dilation: int = 1) -> int:
    if window is None:
        return attention_masks.count_scores(attention_masks.causal_mask(seq_len))
    return attention_masks.count_scores(attention_masks.dilated_mask(seq_len, window, dilation))


def dilated_span(window: int, dilation: int) -> int:
    """Positions from the first to the last key of a late token, both included."""
    last_row = attention_masks.dilated_mask(64, window, dilation)[-1].nonzero().flatten()
    return int(last_row.max() - last_row.min()) + 1


def rope_angle(first: int, second: int) -> float:
    """Angle between one vector at two positions, for the fastest pair (theta = 1), modulo 2 pi."""
    x = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    a, b = (rope.apply_rope(x, torch.tensor([position]))[0] for position in (first, second))
    return float((torch.atan2(b[1], b[0]) - torch.atan2(a[1], a[0])) % (2 * math.pi))


def single_precision_angle_error(head_dim: int) -> float:
    """Largest error of RoPE's angles at position 1,000,000 when float32 computes them, radians."""
    pair = torch.arange(head_dim // 2)
    single = 1e6 * 10_000.0 ** (-2 * pair.float() / head_dim)
    return float((single.double() - 1e6 * 10_000.0 ** (-2 * pair.double() / head_dim)).abs().max())


def first_position_without_a_row(table_size: int) -> int:
    """Counted from 1."""
    table = torch.nn.Embedding(table_size, 1)
    for position in itertools.count():
        try:
            table(torch.tensor(position))
        except IndexError:
            return position + 1
    raise AssertionError("unreachable")


def gqa_layer(num_kv_heads: int, with_output: bool = True) -> int:
    """Weights of the exercise's attention layer: d_model 64, 8 query heads of 8."""
    keys_values = grouped_query_attention.kv_projection_parameters(64, num_kv_heads, 8)
    return keys_values + (2 if with_output else 1) * 64 * 64


def states(num_params: float, part: str = "total", **settings: Any) -> float:
    return training_memory.training_memory_gb(num_params, **settings)[part]


def gpus_until_it_fits(num_params: float, **settings: Any) -> int:
    counts = itertools.count(1)
    return next(n for n in counts if training_memory.fits(num_params, num_gpus=n, **settings))


def pieces_of_plan(num_params: float, num_gpus: int) -> tuple[int, int]:
    plan = parallelism_advisor.advise(num_params, num_gpus)
    return plan.tensor_parallel, plan.pipeline_stages


def microbatches_for(busy: float, num_stages: int) -> int:
    counts = itertools.count(1)
    return next(m for m in counts if 1 - parallelism_advisor.bubble_fraction(num_stages, m) >= busy)


def waiting_share(bandwidth: float, utilization: float = 1.0, pieces: int = 8) -> float:
    """Share of time that tensor parallelism waits for its links, forward pass of GPT-3, percent.

    A layer multiplies 24 s h^2 + 4 s^2 h FLOPs over the GPUs and does two ring all-reduces of
    s h bf16 numbers, each moving 2 (t - 1) / t of them (Narayanan et al. 2021, section 3.2).
    """
    s, h, t = 2048, GPT3.d_model, pieces
    compute_seconds = (24 * s * h**2 + 4 * s**2 * h) / t / (A100_FLOPS * utilization)
    link_seconds = 2 * 2 * (t - 1) / t * s * h * 2 / bandwidth
    return 100 * link_seconds / (link_seconds + compute_seconds)


def stage_hop_share(d_model: int, layers_per_stage: int) -> float:
    """Time to hand 2,048 tokens to the next stage over its arithmetic on 8 GPUs, percent."""
    s, t = 2048, 8
    compute_seconds = (24 * s * d_model**2 + 4 * s**2 * d_model) / t / A100_FLOPS
    hop_seconds = s * d_model * 2 / NETWORK_BYTES
    return 100 * hop_seconds / (layers_per_stage * compute_seconds)


def stage_hop_share_of_time() -> float:
    """Time to hand 2,048 tokens to the next of GPT-3's 4 stages over a stage's whole time, percent.

    The whole is arithmetic, the waiting for all-reduces at 300 GB a second, and the handing over.
    """
    arithmetic = 1 / (stage_hop_share(GPT3.d_model, 24) / 100)  # in units of one handing over
    return 100 / (arithmetic / (1 - waiting_share(300e9) / 100) + 1)


def zero_traffic(stage: int) -> float:
    """What a GPU sends in one training step with ZeRO, over plain data parallelism.

    Rajbhandari et al. 2019, section 7, in multiples of the model's parameters: an all-reduce of the
    gradients is a reduce-scatter and an all-gather, 1 each. Stages 1 and 2 reduce-scatter gradients
    and all-gather updated weights; stage 3 all-gathers the weights in both passes instead.
    """
    reduce_scatter = all_gather = 1
    gathers = 2 if stage == 3 else 1
    return (reduce_scatter + gathers * all_gather) / (reduce_scatter + all_gather)


def bandwidth_for(waiting_percent: float) -> float:
    """GB a second at which ``waiting_share`` is so large, by bisection."""
    low, high = 1e9, 1e12
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if waiting_share(middle) > waiting_percent else (low, middle)
    return low / 1e9


def emitted_when(num_accepted: int, num_draft: int) -> int:
    for seed in itertools.count():
        rng = np.random.default_rng(seed)
        accepted, emitted = speculative_decoding.draft_and_verify(0.6, num_draft, rng)
        if accepted == num_accepted:
            return emitted
    raise AssertionError("unreachable")


def accepted_share(match_probability: float, num_draft: int) -> float:
    return speculative_decoding.accepted_moments(match_probability, num_draft)[0] / num_draft


def request_lengths(num_requests: int, seed: int) -> list[int]:
    lengths = np.random.default_rng(seed).normal(80, 60, num_requests)
    return [int(length) for length in np.clip(np.round(lengths), 10, 300)]


@cache
def batching(num_requests: int, draws: int) -> dict[str, float]:
    """Means over seeded draws of the exercise's requests on 8 slots."""
    rows = []
    for seed in range(draws):
        lengths = request_lengths(num_requests, seed)
        static, continuous = (
            continuous_batching.metrics(schedule(lengths, 8), 8)
            for schedule in (
                continuous_batching.static_batching,
                continuous_batching.continuous_batching,
            )
        )
        rows.append((
            100 * static["utilization"],
            100 * continuous["utilization"],
            static["total_steps"] / continuous["total_steps"],
            static["mean_latency"] / continuous["mean_latency"],
        ))  # fmt: skip
    names = ("static", "continuous", "speedup", "latency")
    return dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))


def static_waste(lengths: list[int]) -> float:
    """Idle slot-steps of one static batch, percent."""
    schedule = continuous_batching.static_batching(lengths, len(lengths))
    return 100 * (1 - continuous_batching.metrics(schedule, len(lengths))["utilization"])


def mean_waste_of_uniform_lengths() -> float:
    draws = np.random.default_rng(0).integers(20, 201, size=(400, 8)).tolist()
    return float(np.mean([static_waste(lengths) for lengths in draws]))


def normal_within(low: float, high: float, *, clipped: bool) -> tuple[float, float]:
    """Mean and standard deviation of N(80, 60) clipped to, or cut off at, low..high."""
    mean, std = 80.0, 60.0
    a, b = (low - mean) / std, (high - mean) / std
    below, above = (0.5 * (1 + math.erf(z / math.sqrt(2))) for z in (a, b))
    at_a, at_b = (math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in (a, b))
    mass = above - below
    first = mean * mass - std * (at_b - at_a)
    second = (mean**2 + std**2) * mass - std * ((mean + high) * at_b - (mean + low) * at_a)
    if clipped:
        first += low * below + high * (1 - above)
        second += low**2 * below + high**2 * (1 - above)
    else:
        first, second = first / mass, second / mass
    return first, math.sqrt(second - first**2)


def share_at_the_floor() -> float:
    return 50 * (1 + math.erf((10 - 80) / 60 / math.sqrt(2)))


def decode_seconds(num_params: float) -> tuple[float, float]:
    """Reading fp16 weights, and multiplying by them for one token, on one A100."""
    return 2 * num_params / A100_MEMORY_BYTES, 2 * num_params / A100_FLOPS
