"""Lesson 5.3.2, Long context and efficient attention: the numbers that its text quotes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from reference import (
    attention_masks,
    grouped_query_attention,
)
from reference.attention_cost import attention_flops, kv_cache_bytes, score_flops
from tests.facts.experiments import (
    causal_scores,
    dilated_span,
    first_position_without_a_row,
    gqa_layer,
    kv_projection_flops,
    mask_entries,
    rope_angle,
    single_precision_angle_error,
    states,
)
from tests.facts.record import (
    ATTENTION_7B,
    ATTENTION_70B,
    ATTENTION_70B_MHA,
    ATTENTION_GPT2,
    GIB,
    LLAMA_2_70B,
    ONE_LAYER,
    Fact,
)

# One row per number, in the order of the course text.
# fmt: off


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
    for head_dim, said, verdict in ((64, "0.022", "exact"), (128, "0.052", "exact"),
                                    (128, "0.03", "inconsistent")):
        yield Fact("2.38", "largest error of float32 angles at position 1,000,000, head_dim "
                   f"{head_dim}", said, lambda d=head_dim: single_precision_angle_error(d), "rad",
                   verdict, "closed form in float32 and float64")
    for turning, said in ((0, "6"), (3, "15")):
        yield Fact("2.38", f"positions until pair {turning} has turned round, head_dim 64", said,
                   lambda i=turning: 2 * math.pi * 10_000 ** (2 * i / 64), "positions", "exact",
                   "closed form")
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
    for window, dilation, both_said in (
        (None, 1, ("2080", "32896")), (8, 1, ("484", "2020")), (16, 1, ("904", "3976")),
        (8, 2, ("456", "1992")), (8, 4, ("400", "1936")),
    ):
        name = "causal" if window is None else f"window {window}, dilation {dilation}"
        for tokens, number in zip((64, 256), both_said, strict=True):
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
