"""The reference against torch's FLOP counter, real caches, and LLaMA 2's published sizes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from reference import attention_cost as ref

CONFIGS = [
    ref.AttentionConfig(*fields)
    for fields in (ref.PLAIN, ref.GROUPED, ref.WIDE, ("one head", 2, 5, 1, 1, 7))
]
LLAMA_MHA = ref.AttentionConfig("LLaMA 2 70B, MHA", 80, 8192, 64, 64, 128)
LLAMA_GQA = ref.AttentionConfig("LLaMA 2 70B", 80, 8192, 64, 8, 128)
GPT2 = ref.AttentionConfig("GPT-2", 12, 768, 12, 12, 64)


def _heads(config: ref.AttentionConfig, count: int, seq_len: int) -> torch.Tensor:
    return torch.randn(1, count, seq_len, config.head_dim)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
@pytest.mark.parametrize("seq_len", [1, 33])
def test_attention_flops_equal_the_flop_counter(config: ref.AttentionConfig, seq_len: int) -> None:
    q = _heads(config, config.num_heads, seq_len)
    k, v = (_heads(config, config.num_kv_heads, seq_len) for _ in range(2))
    # The CPU's default kernel is unknown to the counter, which then reports 0.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        for _ in range(config.num_layers):
            F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    assert ref.attention_flops(config, seq_len) == counter.get_total_flops()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
@pytest.mark.parametrize("window", [None, 1, 5, 12, 40])
def test_score_flops_equal_the_flop_counter(
    config: ref.AttentionConfig, window: int | None
) -> None:
    seq_len = 12
    keys = seq_len if window is None else min(seq_len, window)
    # Each query has its own block of keys, as a sliding window gathers them.
    q = torch.randn(config.num_heads * seq_len, 1, config.head_dim)
    k = torch.randn(config.num_heads * seq_len, config.head_dim, keys)
    with FlopCounterMode(display=False) as counter:
        for _ in range(config.num_layers):
            torch.bmm(q, k)
    assert ref.score_flops(config, seq_len, window) == counter.get_total_flops()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.int8])
def test_cache_bytes_equal_a_real_cache(
    config: ref.AttentionConfig, batch_size: int, dtype: torch.dtype
) -> None:
    transformers = pytest.importorskip("transformers")
    cache = transformers.DynamicCache()
    block = torch.zeros(batch_size, config.num_kv_heads, 9, config.head_dim, dtype=dtype)
    for layer in range(config.num_layers):
        cache.update(block, block, layer_idx=layer)
    stored = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    expected = ref.kv_cache_bytes(
        config, 9, bytes_per_element=dtype.itemsize, batch_size=batch_size
    )
    assert stored == expected


@pytest.mark.parametrize("window", [1, 4, 9, 20])
def test_cache_bytes_equal_a_rolling_buffer(window: int) -> None:
    config, seq_len = CONFIGS[1], 9
    shape = (2, config.num_layers, config.num_kv_heads, seq_len, config.head_dim)
    kept = torch.zeros(shape, dtype=torch.float16)[:, :, :, -window:].contiguous()
    assert ref.kv_cache_bytes(config, seq_len, window) == kept.nbytes


def test_published_configuration_of_llama_2_70b() -> None:
    # From the model's published config.json: 80 layers, 64 heads, 8 KV heads, hidden size 8192.
    assert ref.kv_cache_bytes(LLAMA_MHA, 1) == 2_621_440
    assert ref.kv_cache_bytes(LLAMA_GQA, 1) == 327_680
    assert ref.kv_cache_bytes(LLAMA_MHA, 131_072) == 320 * 2**30
    assert ref.kv_cache_bytes(LLAMA_GQA, 131_072) == 40 * 2**30


def test_table_of_the_setting() -> None:
    rows = ref.cost_table(
        [
            ("GPT-2, 1K", GPT2, 1024, None),
            ("MHA, 4K", LLAMA_MHA, 4096, None),
            ("GQA, 4K", LLAMA_GQA, 4096, None),
            ("MHA, 128K", LLAMA_MHA, 131_072, None),
            ("GQA, 128K", LLAMA_GQA, 131_072, None),
            ("GQA and window, 128K", LLAMA_GQA, 131_072, 4096),
        ]
    )
    tflops = [row["attention_tflops"] for row in rows]
    cache_gb = [row["kv_cache_gb"] for row in rows]
    assert tflops == pytest.approx([0.03865, 43.98, 43.98, 45_036, 45_036, 1407.4], rel=1e-3)
    assert cache_gb == pytest.approx([0.037749, 10.737, 1.3422, 343.60, 42.950, 1.3422], rel=1e-4)
    assert rows[0]["flops_vs_first"] == rows[0]["cache_vs_first"] == 1
    assert rows[4]["flops_vs_first"] / rows[5]["flops_vs_first"] == pytest.approx(32)
    assert rows[1]["cache_vs_first"] / rows[2]["cache_vs_first"] == pytest.approx(8)


@pytest.mark.parametrize("name", ["seq_len", "window", "bytes_per_element", "batch_size"])
@pytest.mark.parametrize("value", [0, -3])
def test_rejects_sizes_below_one(name: str, value: int) -> None:
    sizes = {"seq_len": 8, name: value}
    with pytest.raises(ValueError, match=f"{name} .*{value}"):
        ref.kv_cache_bytes(GPT2, **sizes)
    if name in ("seq_len", "window"):
        for flops in (ref.score_flops, ref.attention_flops):
            with pytest.raises(ValueError, match=f"{name} .*{value}"):
                flops(GPT2, **sizes)


def test_rejects_bad_cases() -> None:
    with pytest.raises(ValueError, match="cases"):
        ref.cost_table([])
    with pytest.raises(ValueError, match="label 'a'"):
        ref.cost_table([("a", GPT2, 8, None), ("b", GPT2, 9, None), ("a", GPT2, 10, None)])
