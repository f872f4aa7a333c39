"""What attention costs, added up matrix product by matrix product and tensor by tensor.

Sources: one multiply-add is two FLOPs and a product of (n, d) by (d, m) costs 2*n*d*m, as in
``torch.utils.flop_counter``; the cache holds one key and one value for each token, KV head and
layer (Ainslie et al. 2023, arXiv 2305.13245, section 2.2; rolling buffer: Jiang et al. 2023, arXiv
2310.06825, section 2). Scores are counted as the full square, without the causal half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BYTES_PER_GB = 10**9
FLOPS_PER_TFLOP = 10**12


@dataclass(frozen=True)
class AttentionConfig:
    """The sizes that decide what attention costs."""

    name: str
    num_layers: int
    d_model: int
    num_heads: int
    num_kv_heads: int
    head_dim: int


Case = tuple[str, AttentionConfig, int, int | None]
"""Label, model, seq_len in tokens, window in tokens or None."""

PLAIN = ("plain", 6, 96, 8, 8, 12)
"""Multi-head attention whose heads together are as wide as d_model."""

GROUPED = ("grouped", 6, 96, 8, 2, 12)
"""``PLAIN`` with a quarter of its KV heads."""

WIDE = ("wide", 6, 96, 6, 6, 24)
"""As ``PLAIN``, but its heads together are 144 wide: 1.5 times ``d_model``."""


def score_flops(config: AttentionConfig, seq_len: int, window: int | None = None) -> int:
    """FLOPs of the products of queries and keys, over all heads and layers.

    Args:
        config: the model.
        seq_len: tokens.
        window: keys that each query meets, or None for all of them.

    Returns:
        FLOPs for one forward pass over ``seq_len`` tokens.

    Raises:
        ValueError: ``seq_len`` or ``window`` below 1.
    """
    keys = _keys_in_reach(seq_len, window)
    total = 0
    for _layer in range(config.num_layers):
        for _head in range(config.num_heads):
            total += _matmul_flops(seq_len, config.head_dim, keys)
    return total


def attention_flops(config: AttentionConfig, seq_len: int, window: int | None = None) -> int:
    """FLOPs of queries times keys and of weights times values, over all heads and layers.

    Args:
        config: the model.
        seq_len: tokens.
        window: keys that each query meets, or None for all of them.

    Returns:
        FLOPs for one forward pass over ``seq_len`` tokens.

    Raises:
        ValueError: ``seq_len`` or ``window`` below 1.
    """
    keys = _keys_in_reach(seq_len, window)
    heads = config.num_layers * config.num_heads
    weights_times_values = heads * _matmul_flops(seq_len, keys, config.head_dim)
    return score_flops(config, seq_len, window) + weights_times_values


def kv_cache_bytes(
    config: AttentionConfig,
    seq_len: int,
    window: int | None = None,
    bytes_per_element: int = 2,
    batch_size: int = 1,
) -> int:
    """Bytes of the keys and values that generation keeps.

    Args:
        config: the model.
        seq_len: tokens so far.
        window: a rolling buffer keeps this many tokens; None keeps all.
        bytes_per_element: 2 for fp16 and bf16.
        batch_size: texts held at once.

    Returns:
        Bytes over all layers.

    Raises:
        ValueError: ``seq_len``, ``window``, ``bytes_per_element`` or ``batch_size`` below 1.
    """
    kept = _keys_in_reach(seq_len, window)
    _at_least_one("bytes_per_element", bytes_per_element)
    _at_least_one("batch_size", batch_size)
    keys = batch_size * config.num_kv_heads * kept * config.head_dim
    values = keys
    return sum((keys + values) * bytes_per_element for _layer in range(config.num_layers))


def cost_table(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """One row of costs for each case, with ratios to the first.

    Args:
        cases: (label, config, seq_len, window) each.

    Returns:
        Rows in the order given: label, seq_len, attention_tflops (10^12 FLOPs), kv_cache_gb (10^9
        bytes, 2 bytes an element, one text), flops_vs_first and cache_vs_first (this row divided
        by the first).

    Raises:
        ValueError: no cases, a label repeated, or a length out of range.
    """
    labels = [label for label, *_ in cases]
    if not labels:
        raise ValueError(f"cases is empty: {cases!r}")
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"label {label!r} is repeated in cases")
    rows = [_row(*case) for case in cases]
    for row in rows:
        row["flops_vs_first"] = row["attention_tflops"] / rows[0]["attention_tflops"]
        row["cache_vs_first"] = row["kv_cache_gb"] / rows[0]["kv_cache_gb"]
    return rows


def _row(label: str, config: AttentionConfig, seq_len: int, window: int | None) -> dict[str, Any]:
    """The columns that need no other row."""
    return {
        "label": label,
        "seq_len": seq_len,
        "attention_tflops": attention_flops(config, seq_len, window) / FLOPS_PER_TFLOP,
        "kv_cache_gb": kv_cache_bytes(config, seq_len, window) / BYTES_PER_GB,
    }


def _keys_in_reach(seq_len: int, window: int | None) -> int:
    """Keys that one query is charged for: the window, but never more than there are tokens."""
    _at_least_one("seq_len", seq_len)
    if window is None:
        return seq_len
    _at_least_one("window", window)
    return min(seq_len, window)


def _at_least_one(name: str, value: int) -> None:
    """Refuse sizes below 1."""
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")


def _matmul_flops(rows: int, inner: int, columns: int) -> int:
    """FLOPs of a (rows, inner) by (inner, columns) product, 2 for each multiply-add."""
    return 2 * rows * inner * columns
