"""Every number that the lessons quote, computed again: one row a number.

The text of the course is older than the exercises and some of its numbers are wrong. A row holds
what the course or a paper says, what the reference library or a closed form computes, and a verdict
that the test checks:

exact         reproduced to the printed digits
rounded       not to the printed digits, but within 5 %
inconsistent  no convention of the exercises gives it, or it contradicts another number
wrong         the statement behind it is false; the computed value is the right one

``python tests/test_facts.py --write`` prints the table to docs/facts.md.
"""

from __future__ import annotations

import itertools
import math
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
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
from reference.attention_cost import AttentionConfig, attention_flops, kv_cache_bytes, score_flops

PAGE = Path(__file__).parents[1] / "docs" / "facts.md"
VERDICTS = ("exact", "rounded", "inconsistent", "wrong")
ROUNDED_WITHIN = 0.05

GIB = 2**30
A100_FLOPS = 312e12
"""Dense bf16 FLOPs a second, NVIDIA's data sheet; as are the two bandwidths."""
A100_MEMORY_BYTES = 2.04e12
NVLINK_BYTES = 600e9
"""Both directions added up; 300e9 each way."""
NETWORK_BYTES = 25e9
"""One 200 Gbit/s adapter per GPU, as in NVIDIA's DGX A100; the lesson's network between nodes."""


class Fact(NamedTuple):
    """One number: what is said, and what computes it."""

    row: str
    """Lesson and number of the claim in the course's audit."""
    claim: str
    said: str
    compute: Callable[[], float]
    unit: str
    verdict: str
    source: str
    """Where the computed value comes from: a function of the reference, or a closed form."""


# Architectures, from their published configurations.


@dataclass(frozen=True)
class Decoder:
    """The sizes of a published decoder-only model."""

    layers: int
    d_model: int
    d_ff: int
    heads: int
    kv_heads: int
    vocab: int
    ffn_matrices: int = 3
    experts: int = 1
    top_k: int = 1
    positions: int = 0
    """Learned positions: the GPT family, which also has biases and tied embeddings."""

    @property
    def expert(self) -> int:
        """Parameters of one feed-forward block, without biases."""
        return self.ffn_matrices * self.d_model * self.d_ff

    @property
    def ffn(self) -> int:
        return self.layers * self.experts * self.expert

    @property
    def total(self) -> int:
        d, head_dim = self.d_model, self.d_model // self.heads
        keys_values = grouped_query_attention.kv_projection_parameters(d, self.kv_heads, head_dim)
        attention = 2 * d * d + keys_values
        if self.positions:
            biases = 4 * d + self.d_ff + d
            block = attention + self.expert + biases + 4 * d
            return self.vocab * d + self.positions * d + self.layers * block + 2 * d
        routers = self.experts * d if self.experts > 1 else 0
        block = attention + self.experts * self.expert + routers + 2 * d
        return 2 * self.vocab * d + self.layers * block + d

    @property
    def active(self) -> int:
        return self.total - self.layers * (self.experts - self.top_k) * self.expert


GPT2 = Decoder(12, 768, 3072, 12, 12, 50_257, ffn_matrices=2, positions=1024)
GPT3 = Decoder(96, 12_288, 49_152, 96, 96, 50_257, ffn_matrices=2, positions=2048)
LLAMA_7B = Decoder(32, 4096, 11_008, 32, 32, 32_000)
LLAMA_65B = Decoder(80, 8192, 22_016, 64, 64, 32_000)
LLAMA_2_70B = Decoder(80, 8192, 28_672, 64, 8, 32_000)
MIXTRAL = Decoder(32, 4096, 14_336, 32, 8, 32_000, experts=8, top_k=2)
MIXTRAL_TWO_MATRICES = Decoder(32, 4096, 14_336, 32, 8, 32_000, 2, experts=8, top_k=2)

ATTENTION_GPT2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
ATTENTION_70B_MHA = AttentionConfig("70B, MHA", 80, 8192, 64, 64, 128)
ATTENTION_70B = AttentionConfig("70B, GQA", 80, 8192, 64, 8, 128)
ATTENTION_7B = AttentionConfig("7B, MHA", 32, 4096, 32, 32, 128)
ONE_LAYER = AttentionConfig("one layer of GPT-2", 1, 768, 12, 12, 64)


# Closed forms and small experiments.


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


def waiting_share(bandwidth: float, utilization: float = 1.0) -> float:
    """Share of time that tensor parallelism over 8 GPUs waits, forward pass of GPT-3, percent.

    A layer multiplies 24 s h^2 + 4 s^2 h FLOPs over the 8 GPUs and does two ring all-reduces of
    s h bf16 numbers, each moving 2 (t - 1) / t of them (Narayanan et al. 2021, section 3.2).
    """
    s, h, t = 2048, GPT3.d_model, 8
    compute_seconds = (24 * s * h**2 + 4 * s**2 * h) / t / (A100_FLOPS * utilization)
    link_seconds = 2 * 2 * (t - 1) / t * s * h * 2 / bandwidth
    return 100 * link_seconds / (link_seconds + compute_seconds)


def stage_hop_share(d_model: int, layers_per_stage: int) -> float:
    """Time to hand 2,048 tokens to the next stage over its arithmetic on 8 GPUs, percent."""
    s, t = 2048, 8
    compute_seconds = (24 * s * d_model**2 + 4 * s**2 * d_model) / t / A100_FLOPS
    hop_seconds = s * d_model * 2 / NETWORK_BYTES
    return 100 * hop_seconds / (layers_per_stage * compute_seconds)


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


# The rows.
# fmt: off


def lesson_1() -> Iterator[Fact]:
    two_thirds = "FFN share of a model's parameters"
    yield Fact("1.1", "FFN share of a block's parameters", "0.667",
               lambda: block_ffn_share(768), "share", "exact",
               "moe_layer, grouped_query_attention: counts")
    for name, model, verdict in (
        ("GPT-2", GPT2, "wrong"), ("GPT-3", GPT3, "rounded"), ("LLaMA 7B", LLAMA_7B, "rounded"),
        ("LLaMA 2 70B", LLAMA_2_70B, "wrong"), ("Mixtral", MIXTRAL, "wrong"),
    ):
        yield Fact("1.1", f"{two_thirds}, whole {name}", "0.667",
                   lambda m=model: m.ffn / m.total, "share", verdict, "closed form")
    yield Fact("1.2", "GPT-3's FFN parameters", "117", lambda: GPT3.ffn / 1e9,
               "10^9", "rounded", "closed form: 96 * 8 * 12288^2")
    yield Fact("1.4", "Mixtral's parameters", "47", lambda: MIXTRAL.total / 1e9, "10^9", "exact",
               "closed form")
    yield Fact("1.4", "Mixtral's parameters, to the last one", "46702792704",
               lambda: MIXTRAL.total, "parameters", "exact", "closed form")
    yield Fact("1.4", "Mixtral as 8 times 7B", "56", lambda: MIXTRAL.total / 1e9, "10^9", "wrong",
               "closed form: attention and embeddings are shared")
    yield Fact("1.5", "Mixtral's active parameters", "13", lambda: MIXTRAL.active / 1e9, "10^9",
               "exact", "closed form")
    yield Fact("1.5", "Mixtral's active parameters, to the last one", "12879925248",
               lambda: MIXTRAL.active, "parameters", "exact", "closed form")
    shared = MIXTRAL.total - MIXTRAL.ffn - MIXTRAL.layers * MIXTRAL.experts * MIXTRAL.d_model
    yield Fact("1.5", "Mixtral's active share of its parameters", "0.276",
               lambda: MIXTRAL.active / MIXTRAL.total, "share", "exact", "closed form")
    yield Fact("1.5", "Mixtral's active share is top_k / num_experts", "0.250",
               lambda: MIXTRAL.active / MIXTRAL.total, "share", "wrong",
               "closed form: attention and embeddings work for every token")
    yield Fact("1.5", "Mixtral's attention, embeddings and norms", "1.60", lambda: shared / 1e9,
               "10^9", "exact", "closed form: all but experts and routers")
    yield Fact("1.5", "one of Mixtral's eight experts, all blocks", "5.64",
               lambda: MIXTRAL.layers * MIXTRAL.expert / 1e9, "10^9", "exact",
               "closed form: 32 * 3 * 4096 * 14336")
    yield Fact("1.6", "Mixtral's memory against its active parameters", "3.5",
               lambda: MIXTRAL.total / MIXTRAL.active, "times", "rounded", "closed form")
    yield Fact("1.7", "size of the dense model that Mixtral competes with, against its active size",
               "4", lambda: LLAMA_2_70B.total / MIXTRAL.active, "times", "inconsistent",
               "closed form: LLaMA 2 70B, the paper's comparison")
    for name, said, params in (("dense 13B", "26", 13e9), ("Mixtral", "25.8", MIXTRAL.active),
                               ("dense 47B", "94", 47e9)):
        yield Fact("1.8", f"FLOPs of one token, {name}", said, lambda p=params: 2 * p / 1e9,
                   "10^9 FLOPs", "exact", "closed form: 2 * active")
    for name, said, params in (("dense 13B", "26", 13e9), ("Mixtral", "93.4", MIXTRAL.total),
                               ("dense 47B", "94", 47e9)):
        yield Fact("1.8", f"fp16 weights, {name}", said,
                   lambda p=params: states(p, "weights"), "GB", "exact",
                   "training_memory.training_memory_gb")
    yield Fact("1.9", "Mixtral's parameters if its experts had two matrices", "47",
               lambda: MIXTRAL_TWO_MATRICES.total / 1e9, "10^9", "inconsistent",
               "closed form: its experts have three (SwiGLU)")
    yield Fact("1.10", "experts idle for one token, top-1 of 8", "7", lambda: idle_experts(8, 1),
               "experts", "exact", "router.select_experts")
    for name, said, params in (("dense 13B", "7.8e22", 13e9),
                               ("Mixtral", "7.73e22", MIXTRAL.active)):
        yield Fact("1.11", f"training FLOPs on 10^12 tokens, {name}", said,
                   lambda p=params: 6 * p * 1e12, "FLOPs", "exact", "closed form: 6 N D")
    yield Fact("1.12", "an expert's share of the choices can be 80 % under top-2", "80",
               lambda: 100 * most_of_the_choices(2), "% at most", "wrong",
               "router_collapse.shares; with top-1 it can")
    for convention, totals in (
        ("FFN biases, router without", (True, False)), ("no biases", (False, False)),
        ("biases everywhere", (True, True)),
    ):
        said_total, said_active = {
            (True, False): ("132608", "66432"), (False, False): ("131328", "65792"),
            (True, True): ("132612", "66436"),
        }[totals]
        yield Fact("1.13", f"toy layer, {convention}: total", said_total,
                   lambda t=totals: toy_counts(*t)[0], "parameters", "exact",
                   "moe_layer.counts_of_sizes")
        yield Fact("1.13", f"toy layer, {convention}: active", said_active,
                   lambda t=totals: toy_counts(*t)[1], "parameters", "exact",
                   "moe_layer.counts_of_sizes")
    yield Fact("1.13", "one expert of the toy layer", "33088",
               lambda: sum(p.numel() for p in moe_layer.FeedForward(64, 256).parameters()),
               "parameters", "exact", "moe_layer.FeedForward")
    yield Fact("1.14", "largest expert share after 100 updates without balancing (toy, seed 0)",
               "1.00", lambda: float(router_collapse.train_moe(0.0, 100)[-1].max()), "share",
               "exact", "router_collapse.train_moe; 30 seeds in docs/collapse.md")
    for coefficient, said in (("0.1", "0.25"), ("0.01", "0.50")):
        yield Fact("1.14", f"busiest expert, coefficient {coefficient}, mean of the last 100 of "
                   "1,000 steps (toy, seed 0)", said, lambda c=float(coefficient):
                   router_collapse.largest_share(router_collapse.train_moe(c), 100), "share",
                   "exact", "router_collapse.train_moe")
    yield Fact("1.15", "consecutive tokens with the same first choice, at random", "12.5",
               lambda: 100 * random_pairs_sharing_an_expert(8, 1), "%", "exact", "enumeration")
    yield Fact("1.15", "consecutive tokens with a common choice of two, at random", "46.4",
               lambda: 100 * random_pairs_sharing_an_expert(8, 2), "%", "exact", "enumeration")
    yield Fact("1.16", "weights of Mixtral's router, one layer", "32768",
               lambda: router.make_inputs(1, 4096, 8, seed=0)[1].numel(), "parameters", "exact",
               "router.make_inputs")
    yield Fact("1.16", "weights of one attention head (query and output slices)", "1.05",
               lambda: grouped_query_attention.kv_projection_parameters(4096, 1, 128) / 1e6,
               "10^6", "exact", "grouped_query_attention: two slices, as of K and V")
    yield Fact("1.18", "auxiliary loss at perfect balance, over alpha", "1",
               lambda: balance_loss("balanced"), "", "exact", "router_collapse.load_balancing_loss")
    yield Fact("1.18", "auxiliary loss at total collapse on one of 4 experts, over alpha", "4",
               lambda: balance_loss("collapsed"), "", "exact",
               "router_collapse.load_balancing_loss")
    yield Fact("1.18", "auxiliary loss, all on one of 2 experts with probability 0.6, over alpha",
               "2", lambda: balance_loss("unsure"), "", "wrong",
               "router_collapse.load_balancing_loss; 2 needs probability 1 too")
    yield Fact("1.18", "auxiliary loss of two tokens with a third expert idle, over alpha", "1.35",
               lambda: balance_loss("idle"), "", "exact", "router_collapse.load_balancing_loss")
    yield Fact("1.18", "the balanced value 1 is the smallest possible", "1.00",
               lambda: balance_loss("below"), "reached", "wrong",
               "router_collapse.load_balancing_loss on three tokens")
    yield Fact("1.E2", "exact GELU against its tanh form, largest difference", "5e-4",
               gelu_difference, "", "exact", "torch")
    yield Fact("1.E4", "N * sum of squared shares, less the squared coefficient of variation", "1",
               squared_shares, "", "exact", "router_collapse.shares")


def lesson_2() -> Iterator[Fact]:
    def per_square(flops: Callable[..., int]) -> float:
        return flops(ONE_LAYER, 4096) / 4096**2 / 768

    yield Fact("2.19", "FLOPs of one product per layer, over n^2 d", "2",
               lambda: per_square(score_flops), "", "exact", "attention_cost.score_flops")
    yield Fact("2.19", "FLOPs of attention (both products) per layer, over n^2 d", "2",
               lambda: per_square(attention_flops), "", "inconsistent",
               "attention_cost.attention_flops; 2 with the causal half")
    for label, n, said, unit, scale, verdict in (
        ("1K", 1_000, "1.5", "10^9 FLOPs", 1e9, "exact"),
        ("4K", 4_000, "24", "10^9 FLOPs", 1e9, "rounded"),
        ("32K", 32_000, "1.5", "10^12 FLOPs", 1e12, "rounded"),
        ("128K", 128_000, "24", "10^12 FLOPs", 1e12, "rounded"),
    ):
        yield Fact("2.20", f"2 n^2 d of one layer, d = 768, {label} = {n:,} tokens", said,
                   lambda n=n, scale=scale: score_flops(ONE_LAYER, n) / scale, unit, verdict,
                   "attention_cost.score_flops")
    for factor, said in ((4, "16"), (32, "1024"), (128, "16384")):
        yield Fact("2.21", f"score FLOPs at {factor} times the length", said,
                   lambda f=factor: score_flops(ONE_LAYER, f * 1024) / score_flops(ONE_LAYER, 1024),
                   "times", "exact", "attention_cost.score_flops")
    for tokens, said, verdict in (
        (128_000, "332", "inconsistent"), (131_072, "332", "inconsistent"),
        (128_000, "335.54", "exact"), (131_072, "343.60", "exact"),
    ):
        yield Fact("2.22", f"KV cache, 70B with MHA, {tokens:,} tokens", said,
                   lambda n=tokens: kv_cache_bytes(ATTENTION_70B_MHA, n) / 1e9, "GB", verdict,
                   "attention_cost.kv_cache_bytes")
    yield Fact("2.22", "KV cache, 70B with MHA, one token", "2621440",
               lambda: kv_cache_bytes(ATTENTION_70B_MHA, 1), "bytes", "exact",
               "attention_cost.kv_cache_bytes")
    for tokens, said in ((128_000, "312.50"), (131_072, "320")):
        yield Fact("2.22", f"KV cache, 70B with MHA, {tokens:,} tokens", said,
                   lambda n=tokens: kv_cache_bytes(ATTENTION_70B_MHA, n) / GIB, "GiB", "exact",
                   "attention_cost.kv_cache_bytes")
    for tokens, said, verdict in ((128_000, "42", "exact"), (131_072, "42", "rounded"),
                                  (131_072, "42.95", "exact")):
        yield Fact("2.23", f"KV cache, 70B with GQA, {tokens:,} tokens", said,
                   lambda n=tokens: kv_cache_bytes(ATTENTION_70B, n) / 1e9, "GB", verdict,
                   "attention_cost.kv_cache_bytes")
    yield Fact("2.24", "KV cache of MHA against GQA, 70B", "8",
               lambda: kv_cache_bytes(ATTENTION_70B_MHA, 4) / kv_cache_bytes(ATTENTION_70B, 4),
               "times", "exact", "attention_cost.kv_cache_bytes")
    for kv_heads, said in ((64, "88"), (8, "11")):
        yield Fact("2.24", f"keys and values of 4,096 tokens, {kv_heads} KV heads, 70B", said,
                   lambda h=kv_heads: kv_projection_flops(h, 4096) / 1e12, "TFLOPs", "exact",
                   "closed form over grouped_query_attention.kv_projection_parameters")
    yield Fact("2.24", "both products of attention, 70B, 4,096 tokens", "44",
               lambda: attention_flops(ATTENTION_70B, 4096) / 1e12, "TFLOPs", "exact",
               "attention_cost.attention_flops")
    yield Fact("2.24", "projections saved by 8 KV heads, share of both products at 131,072", "5",
               lambda: 100 * (kv_projection_flops(64, 131_072) - kv_projection_flops(8, 131_072))
               / attention_flops(ATTENTION_70B, 131_072), "%", "exact", "closed form")
    for name, params, verdict in (("70e9 parameters", 70e9, "exact"),
                                  ("LLaMA 2 70B", LLAMA_2_70B.total, "rounded")):
        yield Fact("2.25", f"fp16 weights, {name}", "140", lambda p=params: states(p, "weights"),
                   "GB", verdict, "training_memory.training_memory_gb")
    yield Fact("2.27", "gain of window 4,096 at 131,072 tokens, full square", "32",
               lambda: attention_flops(ATTENTION_70B, 131_072)
               / attention_flops(ATTENTION_70B, 131_072, 4096), "times", "exact",
               "attention_cost.attention_flops")
    for tokens in (131_072, 128_000):
        yield Fact("2.27", f"gain of window 4,096 at {tokens:,} tokens, causal half", "32",
                   lambda n=tokens: causal_scores(n) / causal_scores(n, 4096), "times",
                   "inconsistent", "closed form, checked against attention_masks")
    yield Fact("2.29", "layers until a window of 4,096 reaches 50,000 tokens", "13",
               lambda: attention_masks.layers_to_reach(49_999, 4096), "layers", "exact",
               "attention_masks.layers_to_reach")
    yield Fact("2.29", "layers until a window of 4,096 reaches 131,072 tokens", "33",
               lambda: attention_masks.layers_to_reach(131_071, 4096), "layers", "exact",
               "attention_masks.layers_to_reach; window instead of window - 1 gives 32")
    for layers, said, verdict in ((1, "4096", "exact"), (2, "8192", "rounded"),
                                  (13, "5.3e4", "exact")):
        yield Fact("2.29", f"tokens in reach of {layers} layers with window 4,096", said,
                   lambda m=layers: 1 + max(
                       n for n in range((m - 1) * 4096, m * 4096)
                       if attention_masks.layers_to_reach(n, 4096) <= m),
                   "tokens", verdict, "attention_masks.layers_to_reach")
    for claim, said, window, dilation, verdict in (
        ("causal mask", "55", None, 1, "exact"),
        ("window 3", "24", 3, 1, "inconsistent"), ("window 3", "27", 3, 1, "exact"),
        ("window 3, dilation 2", "24", 3, 2, "exact"),
        ("window 3, dilation 3", "21", 3, 3, "exact"),
        ("window 3, dilation 4", "18", 3, 4, "exact"),
    ):
        yield Fact("2.30", f"entries on 10 tokens, {claim}", said,
                   lambda w=window, k=dilation: mask_entries(10, w, k), "entries", verdict,
                   "attention_masks")
    yield Fact("2.33", "span of window 3 with dilation 2", "6", lambda: dilated_span(3, 2),
               "tokens", "inconsistent", "attention_masks.dilated_mask: (w - 1) k + 1")
    yield Fact("2.34", "keys of a token when window 3 means itself and 3 before it", "4",
               lambda: int(attention_masks.sliding_window_mask(9, 3)[-1].sum()), "keys",
               "inconsistent", "attention_masks.sliding_window_mask: the window counts the token, "
               "as in transformers; Mistral's one_file_ref keeps 3 before it plus itself")
    for heads, said in ((8, "4"), (1, "32"), (4, "8")):
        yield Fact("2.36", f"cache of 32 KV heads against {heads}, equal head_dim", said,
                   lambda h=heads: grouped_query_attention.kv_cache_elements(16, 32, 128)
                   / grouped_query_attention.kv_cache_elements(16, h, 128), "times", "exact",
                   "grouped_query_attention.kv_cache_elements")
    yield Fact("2.36", "cache of 32 heads against 4 heads of the same d_model", "8",
               lambda: grouped_query_attention.kv_cache_elements(16, 32, 128)
               / grouped_query_attention.kv_cache_elements(16, 4, 1024), "times", "wrong",
               "grouped_query_attention.kv_cache_elements: the heads are 8 times wider")
    for pair in ((3, 7), (100, 104), (1003, 1007)):
        where = "positions {:,} and {:,}".format(*pair)
        yield Fact("2.38", f"turn between {where}, theta = 1", "4.000",
                   lambda p=pair: rope_angle(*p), "rad", "exact", "rope.apply_rope")
    yield Fact("2.39", "first token without a learned position, table of 4,096", "4097",
               lambda: first_position_without_a_row(4096), "counted from 1", "exact",
               "torch.nn.Embedding")
    for heads, said in ((8, "8192"), (2, "2048")):
        yield Fact("2.40", f"weights of W_k and W_v, {heads} KV heads", said,
                   lambda h=heads: grouped_query_attention.kv_projection_parameters(64, h, 8),
                   "weights", "exact", "grouped_query_attention.kv_projection_parameters")
    for heads, said in ((8, "2048"), (2, "512")):
        yield Fact("2.40", f"cache of 16 tokens, {heads} KV heads", said,
                   lambda h=heads: grouped_query_attention.kv_cache_elements(16, h, 8), "elements",
                   "exact", "grouped_query_attention.kv_cache_elements")
    for claim, said, whole in (("with W_o", "1.6", True), ("without W_o", "2", False)):
        yield Fact("2.40", f"weights of the whole layer, MHA against GQA, {claim}", said,
                   lambda w=whole: gqa_layer(8, w) / gqa_layer(2, w), "times", "exact",
                   "grouped_query_attention.kv_projection_parameters")
    for window, dilation, said in (
        (None, 1, ("2080", "32896")), (8, 1, ("484", "2020")), (16, 1, ("904", "3976")),
        (8, 2, ("456", "1992")), (8, 4, ("400", "1936")),
    ):
        name = "causal" if window is None else f"window {window}, dilation {dilation}"
        for tokens, number in zip((64, 256), said, strict=True):
            yield Fact("2.41", f"entries on {tokens} tokens, {name}", number,
                       lambda n=tokens, w=window, k=dilation: mask_entries(n, w, k), "entries",
                       "exact", "attention_masks")
    k = 1024
    for name, config, tokens, window, scores, both, causal, cache_gb in (
        ("GPT-2 at 1K", ATTENTION_GPT2, k, None, "1.933e10", "3.865e10", "1.935e10", "0.03775"),
        ("70B MHA at 4K", ATTENTION_70B_MHA, 4 * k, None, "2.199e13", "4.398e13", "2.200e13",
         "10.737"),
        ("70B GQA at 4K", ATTENTION_70B, 4 * k, None, "2.199e13", "4.398e13", "2.200e13", "1.342"),
        ("70B GQA at 128K", ATTENTION_70B, 128 * k, None, "2.252e16", "4.504e16", "2.252e16",
         "42.950"),
        ("70B GQA, window 4,096, at 128K", ATTENTION_70B, 128 * k, 4 * k, "7.037e14", "1.407e15",
         "1.385e15", "1.342"),
    ):
        case = (config, tokens, window)
        yield Fact("2.42", f"{name}: score FLOPs", scores, lambda c=case: score_flops(*c), "FLOPs",
                   "exact", "attention_cost.score_flops")
        yield Fact("2.42", f"{name}: attention FLOPs", both, lambda c=case: attention_flops(*c),
                   "FLOPs", "exact", "attention_cost.attention_flops")
        yield Fact("2.42", f"{name}: attention FLOPs, causal pairs only", causal,
                   lambda c=case: 4 * c[0].num_layers * c[0].d_model * causal_scores(c[1], c[2]),
                   "FLOPs", "exact", "closed form, checked against attention_masks")
        yield Fact("2.42", f"{name}: KV cache (rolling)", cache_gb,
                   lambda c=case: kv_cache_bytes(*c) / 1e9, "GB", "exact",
                   "attention_cost.kv_cache_bytes")
    yield Fact("2.42", "attention's share of a GPT-2 layer's FLOPs at 1K", "18",
               lambda: 100 / (1 + 24 * 768**2 * k / attention_flops(ONE_LAYER, k)), "%", "exact",
               "attention_cost.attention_flops against 24 n d^2")
    yield Fact("2.42", "length at which attention equals the rest of a GPT-2 layer", "4608",
               lambda: k * 24 * 768**2 * k / attention_flops(ONE_LAYER, k), "tokens", "exact",
               "attention_cost.attention_flops against 24 n d^2")
    yield Fact("2.43", "score FLOPs of MHA against GQA, 70B", "1",
               lambda: score_flops(ATTENTION_70B_MHA, 4 * k) / score_flops(ATTENTION_70B, 4 * k),
               "times", "exact", "attention_cost.score_flops")
    for said, unit, scale in (("34.36", "GB", 1e9), ("32", "GiB", GIB)):
        yield Fact("2.44", "KV cache, 7B with MHA, 65,536 tokens", said,
                   lambda s=scale: kv_cache_bytes(ATTENTION_7B, 65_536) / s, unit, "exact",
                   "attention_cost.kv_cache_bytes")


def lesson_3_training() -> Iterator[Fact]:
    source = "training_memory.training_memory_gb"
    yield Fact("3.45", "bytes of model states per parameter, bf16 with Adam", "12",
               lambda: states(1e9), "bytes", "exact", source)
    for name, params, said, verdict in (
        ("7e9 parameters", 7e9, "84", "exact"), ("70e9 parameters", 70e9, "840", "exact"),
        ("LLaMA 7B", LLAMA_7B.total, "84", "rounded"),
        ("LLaMA 2 70B", LLAMA_2_70B.total, "840", "rounded"),
        ("GPT-2, 124e6 parameters", 124e6, "1.488", "exact"),
        ("GPT-2, all parameters", GPT2.total, "1.493", "exact"),
        ("LLaMA's largest, called 70B", LLAMA_65B.total, "840", "inconsistent"),
    ):
        yield Fact("3.45", f"model states, {name}", said, lambda p=params: states(p), "GB", verdict,
                   source)
    for name, params, said in (("7e9", 7e9, "78.2"), ("70e9", 70e9, "782.3")):
        yield Fact("3.45", f"model states, {name} parameters", said,
                   lambda p=params: states(p) * 1e9 / GIB, "GiB", "exact", source)
    for name, model, said in (
        ("LLaMA 7B", LLAMA_7B, "6738415616"), ("LLaMA 2 70B", LLAMA_2_70B, "68976648192"),
        ("LLaMA 65B", LLAMA_65B, "65285660672"), ("GPT-2", GPT2, "124439808"),
    ):
        yield Fact("3.45", f"parameters of {name}", said, lambda m=model: m.total, "parameters",
                   "exact", "closed form")
    for precision, verdict in (("bf16", "exact"), ("mixed", "inconsistent")):
        yield Fact("3.46", f"optimizer's share of the states, Adam, {precision}", "66.7",
                   lambda p=precision: 100 * states(1e9, "optimizer", precision=p)
                   / states(1e9, precision=p), "%", verdict, source)
    for precision, row in (("bf16", ("840", "560", "420", "350")),
                           ("mixed", ("1120", "700", "490", "385"))):
        for gpus, said in zip((1, 2, 4, 8), row, strict=True):
            yield Fact("3.49", f"70B, {precision}, ZeRO 1 on {gpus} GPUs", said,
                       lambda p=precision, n=gpus: states(
                           70e9, precision=p, zero_stage=1, num_gpus=n),
                       "GB a GPU", "exact", source)
    for stage, said in ((1, "315"), (2, "183.75")):
        yield Fact("3.49", f"70B, ZeRO {stage} on 16 GPUs", said,
                   lambda s=stage: states(70e9, zero_stage=s, num_gpus=16), "GB a GPU", "exact",
                   source)
    yield Fact("3.49", "70B, ZeRO 1 on ever more GPUs", "280",
               lambda: states(70e9, zero_stage=1, num_gpus=10**6), "GB a GPU", "exact", source)
    for stage, said in ((2, "227.5"), (3, "105")):
        yield Fact("3.49", f"70B, ZeRO {stage} on 8 GPUs", said,
                   lambda s=stage: states(70e9, zero_stage=s, num_gpus=8), "GB a GPU", "exact",
                   source)
    yield Fact("3.50", "70B fits eight 80 GB GPUs with some mix of parallelism", "640",
               lambda: states(70e9), "GB needed", "wrong", source)
    yield Fact("3.50", "80 GB GPUs that hold 70B's states", "8",
               lambda: gpus_until_it_fits(70e9, zero_stage=3), "GPUs", "wrong",
               "training_memory.fits, ZeRO 3, nothing reserved")
    yield Fact("3.50", "80 GB GPUs that hold 70B's states, a fifth reserved", "14",
               lambda: parallelism_advisor.fewest_gpus(70e9, 8), "GPUs", "exact",
               "parallelism_advisor.fewest_gpus")
    yield Fact("3.50", "70B, ZeRO 3 on 16 GPUs", "52.5",
               lambda: states(70e9, zero_stage=3, num_gpus=16), "GB a GPU", "exact", source)
    yield Fact("3.51", "30B fits four 80 GB GPUs", "320", lambda: states(30e9), "GB needed",
               "wrong", source)
    yield Fact("3.51", "80 GB GPUs for which 30B has a plan, a fifth reserved", "6",
               lambda: parallelism_advisor.fewest_gpus(30e9, 4), "GPUs", "exact",
               "parallelism_advisor.fewest_gpus")
    yield Fact("3.51", "30B in four pieces, one a GPU", "90",
               lambda: parallelism_advisor.states_gb(30e9, zero_stage=1, pieces=4, data_parallel=1),
               "GB a GPU", "exact", "parallelism_advisor.states_gb")
    yield Fact("3.51", "30B in four pieces with 8-bit Adam", "45",
               lambda: states(30e9, optimizer="adam_8bit") / 4, "GB a GPU", "exact", source)
    bubble = parallelism_advisor.bubble_fraction
    name = "parallelism_advisor.bubble_fraction"
    yield Fact("3.53", "idle share, 4 stages and 1 microbatch", "75", lambda: 100 * bubble(4, 1),
               "%", "exact", name)
    yield Fact("3.53", "idle over ideal time, 4 stages and 1 microbatch", "300",
               lambda: 100 * bubble(4, 1) / (1 - bubble(4, 1)), "%", "exact", name)
    yield Fact("3.54", "busy share, 4 stages and 4 microbatches: near full", "100",
               lambda: 100 * (1 - bubble(4, 4)), "%", "wrong", name)
    for stages, said in ((2, "33"), (4, "43")):
        yield Fact("3.54", f"idle share, {stages} stages and as many microbatches", said,
                   lambda p=stages: 100 * bubble(p, p), "%", "exact", name)
    for busy, said in ((0.9, "27"), (0.95, "57"), (0.99, "297")):
        yield Fact("3.54", f"microbatches until 4 stages are {busy:.0%} busy", said,
                   lambda b=busy: microbatches_for(b, 4), "microbatches", "exact", name)
    yield Fact("3.56", "1 GB over NVLink, both directions added up", "1.7",
               lambda: 1e3 * 1e9 / NVLINK_BYTES, "ms", "exact", "closed form")
    yield Fact("3.56", "1 GB over NVLink, one way", "1.7", lambda: 1e3 * 2e9 / NVLINK_BYTES, "ms",
               "inconsistent", "closed form: 300 GB a second each way")
    yield Fact("3.57", "FLOPs of an A100 lost meanwhile", "530",
               lambda: A100_FLOPS / NVLINK_BYTES * 1e9 / 1e9, "10^9 FLOPs", "rounded",
               "closed form")
    yield Fact("3.58", "waiting share of tensor parallelism on NVLink, 40 to 60 %", "50",
               lambda: waiting_share(NVLINK_BYTES / 2), "%", "wrong",
               "closed form: ring all-reduce")
    for bandwidth, use, said in ((300, 1.0, "16"), (300, 0.5, "9"), (64, 1.0, "47"),
                                 (25, 1.0, "70")):
        yield Fact("3.58", f"waiting share at {bandwidth} GB/s and {use:.0%} of peak", said,
                   lambda b=bandwidth, u=use: waiting_share(b * 1e9, u), "%", "exact",
                   "closed form: ring all-reduce")
    for model, d_model, layers, said in (("70B, 2 stages", 8192, 40, "2.4"),
                                         ("175B, 4 stages", GPT3.d_model, 24, "2.7")):
        yield Fact("3.58", f"crossing to the next stage over its arithmetic, {model}", said,
                   lambda d=d_model, n=layers: stage_hop_share(d, n), "%", "exact",
                   "closed form: 2,048 tokens, 25 GB/s between nodes, 312 TFLOPS")
    yield Fact("3.58", "activations of 2,048 tokens handed to 70B's second stage", "34",
               lambda: 2048 * 8192 * 2 / 1e6, "MB", "exact", "closed form")
    yield Fact("3.58", "their way to the next node at 25 GB/s", "1.3",
               lambda: 1e3 * 2048 * 8192 * 2 / NETWORK_BYTES, "ms", "exact", "closed form")
    yield Fact("3.58", "fetching 70B's bf16 weights at 25 GB/s", "5.6",
               lambda: states(70e9, "weights") * 1e9 / NETWORK_BYTES, "s", "exact", "closed form")
    for percent, said in ((40, "86"), (60, "38")):
        yield Fact("3.58", f"bandwidth at which {percent} % is waiting", said,
                   lambda p=percent: bandwidth_for(p), "GB/s", "exact",
                   "closed form: ring all-reduce")
    for name, params, gpus, said in (("7B", 7e9, 8, "35"), ("70B", 70e9, 16, "52.5"),
                                     ("175B", 175e9, 64, "43.75"), ("70B", 70e9, 14, "60"),
                                     ("70B", 70e9, 64, "43.75")):
        yield Fact("3.69", f"{name} on {gpus} GPUs under the plan", said,
                   lambda p=params, n=gpus: parallelism_advisor.advise(p, n).memory_per_gpu_gb,
                   "GB a GPU", "exact", "parallelism_advisor.advise")
    yield Fact("3.69", "pieces of 70B on 64 GPUs (tensor 8, pipeline 2)", "16",
               lambda: math.prod(pieces_of_plan(70e9, 64)), "pieces", "inconsistent",
               "parallelism_advisor.advise: with ZeRO 1 eight pieces are enough")
    for name, stage, pieces, replicas, said in (
        ("tensor 8, pipeline 2, no ZeRO", 0, 16, 4, "52.5"), ("ZeRO 3", 3, 1, 64, "13.1"),
    ):
        yield Fact("3.69", f"70B on 64 GPUs, {name}", said,
                   lambda s=stage, p=pieces, d=replicas: parallelism_advisor.states_gb(
                       70e9, zero_stage=s, pieces=p, data_parallel=d),
                   "GB a GPU", "exact", "parallelism_advisor.states_gb")
    yield Fact("3.69", "model states, 175B", "2100", lambda: states(175e9), "GB", "exact", source)
    for name, stage, pieces, replicas, said in (
        ("tensor 8, pipeline 4, no ZeRO", 0, 32, 2, "65.6"), ("ZeRO 3", 3, 1, 64, "32.8"),
    ):
        yield Fact("3.69", f"175B on 64 GPUs, {name}", said,
                   lambda s=stage, p=pieces, d=replicas: parallelism_advisor.states_gb(
                       175e9, zero_stage=s, pieces=p, data_parallel=d),
                   "GB a GPU", "exact", "parallelism_advisor.states_gb")
    for stage, said in enumerate(("120", "31.4", "16.6", "1.9")):
        yield Fact("3.E9", f"ZeRO paper, figure 1: 7.5B on 64 GPUs, stage {stage}", said,
                   lambda s=stage: states(7.5e9, precision="mixed", zero_stage=s, num_gpus=64),
                   "GB a GPU", "exact", source)
    for stage, said in ((1, "1"), (2, "1"), (3, "1.5")):
        yield Fact("3.E12", f"traffic of ZeRO {stage} over plain data parallelism", said,
                   lambda s=stage: zero_traffic(s), "times", "exact",
                   "ZeRO paper (Rajbhandari et al. 2019), section 7")
    yield Fact("3.E12", "each remedy costs more communication than the one before: ZeRO 1", "1.5",
               lambda: zero_traffic(1), "times data parallelism", "wrong",
               "ZeRO paper (Rajbhandari et al. 2019), section 7: the same")
    for optimizer, said in (("sgd", "0"), ("momentum", "4"), ("adam", "8"), ("adam_8bit", "2")):
        yield Fact("3.E9", f"optimizer state per parameter, {optimizer}", said,
                   lambda o=optimizer: states(1e9, "optimizer", optimizer=o), "bytes", "exact",
                   source)
    for precision in ("fp32", "mixed"):
        yield Fact("3.E9", f"bytes of model states per parameter, {precision} with Adam", "16",
                   lambda p=precision: states(1e9, precision=p), "bytes", "exact", source)
    yield Fact("3.E9", "Megatron's fp32 distributed optimizer on 8 replicas, 8 + 8/d", "9",
               lambda: states(1e9, precision="fp32", zero_stage=1, num_gpus=8), "bytes", "exact",
               source)


def lesson_3_serving() -> Iterator[Fact]:
    yield Fact("3.60", "reading 70B's fp16 weights on an A100", "69",
               lambda: 1e3 * decode_seconds(70e9)[0], "ms", "exact", "closed form")
    yield Fact("3.60", "multiplying by them for one token", "0.45",
               lambda: 1e3 * decode_seconds(70e9)[1], "ms", "exact", "closed form")
    yield Fact("3.60", "tokens at which computing takes as long as reading", "153",
               lambda: decode_seconds(70e9)[0] / decode_seconds(70e9)[1], "tokens", "exact",
               "closed form")
    yield Fact("3.60", "decoding is bound by computing: its time over reading, one token", "1.00",
               lambda: decode_seconds(70e9)[1] / decode_seconds(70e9)[0], "at least", "wrong",
               "closed form: decoding is bound by memory")
    yield Fact("3.60", "80 GB GPUs that hold 70B's fp16 weights", "1",
               lambda: math.ceil(states(70e9, "weights") / 80), "GPUs", "wrong",
               "training_memory.training_memory_gb: 140 GB do not fit one A100")
    source = "speculative_decoding.draft_and_verify"
    yield Fact("3.61", "tokens of a round with 5 drafted and 3 accepted", "3",
               lambda: emitted_when(3, 5), "tokens", "inconsistent", source)
    yield Fact("3.61", "tokens of a round with 5 drafted and 5 accepted", "6",
               lambda: emitted_when(5, 5), "tokens", "exact", source)
    for drafts, said in ((1, "0.800"), (3, "0.651"), (5, "0.538"), (8, "0.416")):
        yield Fact("3.62", f"accepted share of {drafts} drafts, match probability 0.8", said,
                   lambda k=drafts: accepted_share(0.8, k), "share", "exact",
                   "speculative_decoding.accepted_moments")
    for a, drafts, said in ((0.6, 2, "1.96"), (0.7, 3, "2.53"), (0.8, 2, "2.44"), (0.8, 5, "3.69"),
                            (0.9, 2, "2.71"), (0.9, 10, "6.86")):
        yield Fact("3.E10", f"Leviathan, table 1: speedup at a = {a}, gamma = {drafts}", said,
                   lambda a=a, k=drafts: speculative_decoding.expected_speedup(a, k, 0.0), "times",
                   "exact", "speculative_decoding.expected_speedup")
    for drafts, said in ((1, "1.636"), (3, "2.271"), (5, "2.460"), (8, "2.405")):
        yield Fact("3.E10", f"speedup of {drafts} drafts, a = 0.8, c = 0.1", said,
                   lambda k=drafts: speculative_decoding.expected_speedup(0.8, k, 0.1), "times",
                   "exact", "speculative_decoding.expected_speedup")
    for a, cost, said in ((0.6, 0.1, "3"), (0.7, 0.1, "4"), (0.8, 0.05, "8"), (0.8, 0.1, "6"),
                          (0.8, 0.2, "4"), (0.9, 0.1, "10")):
        yield Fact("3.E10", f"best number of drafts, a = {a}, c = {cost}", said,
                   lambda a=a, c=cost: speculative_decoding.best_num_draft(a, c, range(1, 31)),
                   "drafts", "exact", "speculative_decoding.best_num_draft")
    batching_source = "continuous_batching, 400 seeded draws of 50 requests"
    for lengths in ([20, 20] + [200] * 6, [20, 110, 150, 180, 190, 190, 200, 200]):
        yield Fact("3.63", f"idle share of a static batch, lengths {lengths}", "22.5",
                   lambda n=lengths: static_waste(n), "%", "exact", "continuous_batching.metrics")
    yield Fact("3.63", "idle share of a static batch, 8 lengths uniform in 20..200", "22.5",
               mean_waste_of_uniform_lengths, "% on average", "inconsistent",
               "continuous_batching.metrics, 400 seeded draws")
    for number, draws, verdict in ((50, 400, "wrong"), (200, 3, "rounded"), (1000, 1, "rounded")):
        yield Fact("3.64", f"utilization of continuous batching, {number:,} requests: near 100 %",
                   "100", lambda n=number, d=draws: batching(n, d)["continuous"], "%", verdict,
                   f"continuous_batching, {draws} seeded draw{'s' if draws > 1 else ''}")
    for claim, said, key, unit, verdict in (
        ("utilization of static batching, 50 requests", "47.4", "static", "%", "exact"),
        ("utilization of continuous batching, 50 requests", "88.0", "continuous", "%", "rounded"),
        ("utilization of continuous batching, 50 requests", "87.0", "continuous", "%", "exact"),
        ("total steps, static over continuous", "1.84", "speedup", "times", "exact"),
        ("mean latency, static over continuous", "1.79", "latency", "times", "exact"),
    ):
        yield Fact("3.64", claim, said, lambda key=key: batching(50, 400)[key], unit, verdict,
                   batching_source)
    fifty = request_lengths(50, 0)
    for claim, said, number in (("mean", "89", np.mean(fifty)), ("longest", "198", max(fifty)),
                                ("shortest", "10", min(fifty))):
        yield Fact("3.64", f"the notebook's fifty requests, {claim}", said,
                   lambda n=number: float(n), "tokens", "exact", "make_requests, seed 0")
    static, continuous, sixteen = (
        lambda s=schedule, b=slots: continuous_batching.metrics(s(fifty, b), b)
        for schedule, slots in ((continuous_batching.static_batching, 8),
                                (continuous_batching.continuous_batching, 8),
                                (continuous_batching.static_batching, 16))
    )
    for name, run, key, said, scale, unit in (
        ("static batching, 8 slots", static, "utilization", "51", 100, "%"),
        ("continuous batching, 8 slots", continuous, "utilization", "87", 100, "%"),
        ("static batching, 8 slots", static, "total_steps", "1092", 1, "steps"),
        ("continuous batching, 8 slots", continuous, "total_steps", "643", 1, "steps"),
        ("static batching, 16 slots", sixteen, "total_steps", "706", 1, "steps"),
        ("static batching, 8 slots", static, "mean_latency", "452", 1, "steps"),
        ("continuous batching, 8 slots", continuous, "mean_latency", "283", 1, "steps"),
    ):
        yield Fact("3.64", f"the notebook's fifty requests, {name}: {key.replace('_', ' ')}", said,
                   lambda r=run, k=key, c=scale: c * r()[k], unit, "exact",
                   "continuous_batching.metrics")
    for clipped, index, claim, said, verdict in (
        (True, 0, "mean of N(80, 60) clipped to 10..300", "80", "inconsistent"),
        (True, 0, "mean of N(80, 60) clipped to 10..300", "83.8", "rounded"),
        (True, 1, "deviation of N(80, 60) clipped to 10..300", "60", "inconsistent"),
        (True, 1, "deviation of N(80, 60) clipped to 10..300", "53.9", "rounded"),
        (False, 0, "mean of N(80, 60) cut off at 10..300", "93.7", "rounded"),
        (False, 1, "deviation of N(80, 60) cut off at 10..300", "49.4", "exact"),
    ):
        yield Fact("3.65", claim, said,
                   lambda c=clipped, i=index: normal_within(10, 300, clipped=c)[i], "tokens",
                   verdict, "closed form")
    yield Fact("3.65", "draws that land at the floor of 10", "12", share_at_the_floor, "%", "exact",
               "closed form")
    yield Fact("3.66", "passes for 1,000 users of 100 tokens each, one at a time", "100000",
               lambda: sum([100] * 1000), "passes", "exact", "closed form")
    yield Fact("3.68", "Mixtral's fp16 weights on 8 GPUs", "11.7",
               lambda: states(MIXTRAL.total, "weights") / 8, "GB a GPU", "exact",
               "training_memory.training_memory_gb")
    yield Fact("3.68", "80 GB GPUs that hold Mixtral's fp16 weights", "2",
               lambda: math.ceil(states(MIXTRAL.total, "weights") / 80), "GPUs", "exact",
               "training_memory.training_memory_gb")


# fmt: on

FACTS = [*lesson_1(), *lesson_2(), *lesson_3_training(), *lesson_3_serving()]

NOT_COMPUTED = {
    "1.3, 1.17, 2.28, 2.37, 3.67": "configurations and illustrations; nothing follows from them",
    "1.15": "topic and syntax of experts: Mixtral's paper, section 5; its 28 % is a measurement",
    "2.26": "a sentence without a number: the cache grows with KV heads, not with query heads",
    "2.35": "a sentence without a number: linear attention pays off above n = head_dim",
    "3.52, 3.71": "sentences without a number",
    "3.55": "data sheet: 312 TFLOPS dense bf16, NVLink 600 GB/s in both directions together",
    "3.59": "column shards are concatenated, row shards are summed; no number",
    "3.70": "how LLaMA 2 70B was trained was not published; the notebooks do not say it",
    "B": "speedups that papers measured (36.9, 23, 8, 4 and 3.4 times) need their hardware",
}


NEVER_IN_A_NOTEBOOK = {
    "1.2": r"\b117 ?(B|billion)\b",
    "1.4": r"\b56 ?(B|billion)\b",
    "1.7": r"3 to 4 times|3-4x",
    "2.22": r"\b332 GB",
    "3.54": r"near.full utili[sz]ation",
    "3.57": r"\b530 ?(GFLOP|billion)",
    "3.58": r"40(-| to )60 ?%",
    "3.60": r"compute.bound",
    "3.70": r"LLaMA 2 70B was trained",
}
"""Claims that are not reproduced, as the course text words them."""


@cache
def computed(index: int) -> float:
    return float(FACTS[index].compute())


def agrees(said: str, value: float) -> bool:
    """Whether a value rounds to the printed digits."""
    exponent = Decimal(said).as_tuple().exponent
    assert isinstance(exponent, int)
    half_unit = 0.5 * 10.0**exponent
    return abs(value - float(said)) <= half_unit * (1 + 1e-9)


@pytest.mark.parametrize("index", range(len(FACTS)), ids=lambda i: f"{FACTS[i].row}-{i}")
def test_verdict(index: int) -> None:
    fact, value = FACTS[index], computed(index)
    message = f"{fact.claim}: said {fact.said}, computed {value!r} {fact.unit}"
    assert agrees(fact.said, value) == (fact.verdict == "exact"), message
    if fact.verdict == "rounded":
        assert math.isclose(value, float(fact.said), rel_tol=ROUNDED_WITHIN), message


def test_rows_are_well_formed() -> None:
    assert {fact.verdict for fact in FACTS} == set(VERDICTS)
    assert len({(fact.claim, fact.said, fact.unit) for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("row", NEVER_IN_A_NOTEBOOK)
def test_notebooks_do_not_quote_it(row: str) -> None:
    sources = (PAGE.parents[1] / "solutions").rglob("*.[pm][yd]")
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    assert texts
    quoting = [
        path.name for path, text in texts.items() if re.search(NEVER_IN_A_NOTEBOOK[row], text)
    ]
    assert not quoting


@pytest.mark.parametrize(("seq_len", "window"), [(64, None), (64, 8), (33, 5), (7, 16)])
def test_causal_scores_equal_the_mask(seq_len: int, window: int | None) -> None:
    assert causal_scores(seq_len, window) == mask_entries(seq_len, window)


@pytest.mark.parametrize(
    ("model", "config", "architecture"),
    [
        (GPT2, "GPT2Config", "GPT2LMHeadModel"),
        (LLAMA_7B, "LlamaConfig", "LlamaForCausalLM"),
        (MIXTRAL, "MixtralConfig", "MixtralForCausalLM"),
    ],
)
def test_totals_equal_transformers(model: Decoder, config: str, architecture: str) -> None:
    """The default configurations of transformers are the published ones; no weights are made."""
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        real = getattr(transformers, architecture)(getattr(transformers, config)())
    assert model.total == sum(parameter.numel() for parameter in real.parameters())


def test_page_is_current() -> None:
    hint = "run python tests/test_facts.py --write"
    assert PAGE.read_text(encoding="utf-8") == page(), hint


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:.4g}"


def page() -> str:
    """The table as Markdown."""
    counts = ", ".join(f"{sum(f.verdict == v for f in FACTS)} {v}" for v in VERDICTS)
    lines = [
        "# Every quoted number, computed again",
        "",
        "Made by `python tests/test_facts.py --write`; a test compares. The first column is the",
        "lesson and the number of the claim in the audit of the course text. *Exact*: reproduced",
        "to the printed digits. *Rounded*: within 5 %. *Inconsistent*: no convention of the",
        "exercises gives it, or it contradicts another number. *Wrong*: the statement behind it",
        "is false. The computed value is the right one, and the only one that the notebooks quote.",
        "",
        f"{len(FACTS)} numbers: {counts}.",
        "",
        "| claim | what | said | computed | unit | verdict | computed by |",
        "|---|---|---:|---:|---|---|---|",
    ]
    for index, fact in enumerate(FACTS):
        verdict = fact.verdict if fact.verdict == "exact" else f"**{fact.verdict}**"
        cells = (fact.row, fact.claim, fact.said, _number(computed(index)), fact.unit, verdict)
        lines.append(f"| {' | '.join(cells)} | {fact.source} |")
    lines += ["", "Not computed:", ""]
    lines += [f"* {row}: {why}." for row, why in NOT_COMPUTED.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_facts.py --write")
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
