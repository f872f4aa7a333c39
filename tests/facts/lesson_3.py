"""Lesson 5.3.3, Training and serving at scale: the numbers that its text quotes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from reference import (
    continuous_batching,
    parallelism_advisor,
    speculative_decoding,
)
from tests.facts.experiments import (
    accepted_share,
    bandwidth_for,
    batching,
    decode_seconds,
    emitted_when,
    gpus_until_it_fits,
    mean_waste_of_uniform_lengths,
    microbatches_for,
    normal_within,
    pieces_of_plan,
    request_lengths,
    share_at_the_floor,
    stage_hop_share,
    stage_hop_share_of_time,
    states,
    static_waste,
    waiting_share,
    zero_traffic,
)
from tests.facts.record import (
    A100_FLOPS,
    GIB,
    GPT2,
    GPT3,
    LLAMA_2_70B,
    LLAMA_7B,
    LLAMA_65B,
    MIXTRAL,
    NETWORK_BYTES,
    NVLINK_BYTES,
    Fact,
)

# One row per number, in the order of the course text.
# fmt: off


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
    yield Fact("3.45", "model states, 7e9 parameters, mixed", "112",
               lambda: states(7e9, precision="mixed"), "GB", "exact", source)
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
    for optimizer, said in (("adam", "11"), ("adam_8bit", "6")):
        yield Fact("3.50", f"80 GB GPUs that hold 70B's states with ZeRO 3, {optimizer}", said,
                   lambda o=optimizer: gpus_until_it_fits(70e9, zero_stage=3, optimizer=o), "GPUs",
                   "exact", "training_memory.fits, nothing reserved")
    for pieces, said in ((2, "175"), (4, "105"), (8, "70")):
        yield Fact("3.50", f"70B on 16 GPUs in {pieces} pieces, ZeRO 1 over the replicas", said,
                   lambda p=pieces: parallelism_advisor.states_gb(
                       70e9, zero_stage=1, pieces=p, data_parallel=16 // p),
                   "GB a GPU", "exact", "parallelism_advisor.states_gb")
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
    for stages, said in ((2, "11"), (8, "47")):
        yield Fact("3.54", f"idle share, {stages} stages and 8 microbatches", said,
                   lambda p=stages: 100 * bubble(p, 8), "%", "exact", name)
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
    for name, d_model, layers, said in (("70B, 2 stages", 8192, 40, "2.4"),
                                        ("175B, 4 stages", GPT3.d_model, 24, "2.7")):
        yield Fact("3.58", f"crossing to the next stage over its arithmetic, {name}", said,
                   lambda d=d_model, n=layers: stage_hop_share(d, n), "%", "exact",
                   "closed form: 2,048 tokens, 25 GB/s between nodes, 312 TFLOPS")
    yield Fact("3.58", "activations of 2,048 tokens handed to 70B's second stage", "34",
               lambda: 2048 * 8192 * 2 / 1e6, "MB", "exact", "closed form")
    yield Fact("3.58", "their way to the next node at 25 GB/s", "1.3",
               lambda: 1e3 * 2048 * 8192 * 2 / NETWORK_BYTES, "ms", "exact", "closed form")
    yield Fact("3.58", "fetching 70B's bf16 weights at 25 GB/s", "5.6",
               lambda: states(70e9, "weights") * 1e9 / NETWORK_BYTES, "s", "exact", "closed form")
    yield Fact("3.58", "waiting share of 2 pieces at 300 GB/s", "3",
               lambda: waiting_share(300e9, pieces=2), "%", "exact", "closed form: ring all-reduce")
    yield Fact("3.58", "crossing to the next stage over a stage's whole time, 175B, 4 stages", "2",
               stage_hop_share_of_time, "%", "exact",
               "closed form: arithmetic, all-reduces at 300 GB/s, 25 GB/s between nodes")
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
    yield Fact("3.E10", "fewest drafts that are slower than none, a = 0.6, c = 0.1", "15",
               lambda: next(k for k in itertools.count(1)
                            if speculative_decoding.expected_speedup(0.6, k, 0.1) < 1),
               "drafts", "exact", "speculative_decoding.expected_speedup")
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
    for claim, said, length in (("mean", "89", float(np.mean(fifty))),
                                ("longest", "198", max(fifty)), ("shortest", "10", min(fifty))):
        yield Fact("3.64", f"the notebook's fifty requests, {claim}", said,
                   lambda n=length: float(n), "tokens", "exact", "make_requests, seed 0")
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
