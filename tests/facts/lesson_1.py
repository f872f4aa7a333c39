"""Lesson 5.3.1, Mixture of experts: the numbers that its text quotes."""

from __future__ import annotations

from collections.abc import Iterator

from reference import (
    grouped_query_attention,
    moe_layer,
    router,
    router_collapse,
)
from tests.facts.experiments import (
    balance_loss,
    block_ffn_share,
    gelu_difference,
    idle_experts,
    most_of_the_choices,
    random_pairs_sharing_an_expert,
    squared_shares,
    states,
    toy_counts,
)
from tests.facts.record import (
    GPT2,
    GPT3,
    LLAMA_2_70B,
    LLAMA_7B,
    MIXTRAL,
    MIXTRAL_TWO_MATRICES,
    Fact,
)

# One row per number, in the order of the course text.
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
                   "measured", "router_collapse.train_moe")
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
