"""Probes of the cost of attention."""

from typing import Any

from reference.probes import Made, Probes
from reference.probes.helpers import keeps_inputs

GPT2 = Made("AttentionConfig", ("GPT-2", 12, 768, 12, 12, 64))
SMALL = Made("AttentionConfig", ("small", 2, 6, 2, 1, 3))
"""Two layers, two query heads, one KV head of width 3."""
WIDE = Made("AttentionConfig", ("wide", 3, 10, 4, 2, 8))
"""The heads together are wider than d_model."""
ONE = Made("AttentionConfig", ("one", 1, 4, 1, 1, 4))


def column(rows: Any, key: str) -> list[Any]:
    """One column of the table."""
    return [row[key] for row in rows]


_SIZES: tuple[str, ...] = (
    "ONE, 1",
    "ONE, 3",
    "SMALL, 1",
    "SMALL, 5",
    "WIDE, 7",
    "SMALL, 8, 2",
    "SMALL, 3, 10",
)
_SIZES += ("WIDE, 6, 6", "WIDE, 9, 4")
_TABLE = (
    "cost_table([('a', SMALL, 8, None), ('b', SMALL, 16, None), ('c', WIDE, 16, 4), "
    "('d', ONE, 4, None)])"
)

FUNCTIONS = {
    "score_flops": Probes(
        text=["score_flops(GPT2, 1024)"],
        values=[f"score_flops({sizes})" for sizes in _SIZES],
        refusals=["score_flops(SMALL, 0)", "score_flops(SMALL, 4, 0)", "score_flops(SMALL, -2)"],
    ),
    "attention_flops": Probes(
        text=["attention_flops(GPT2, 1024)"],
        values=[f"attention_flops({sizes})" for sizes in _SIZES],
        refusals=["attention_flops(SMALL, 0)", "attention_flops(SMALL, 4, 0)"],
        needs=("score_flops",),
    ),
    "kv_cache_bytes": Probes(
        text=["kv_cache_bytes(GPT2, 1024)"],
        values=[
            *(f"kv_cache_bytes({sizes})" for sizes in _SIZES),
            "kv_cache_bytes(SMALL, 5, bytes_per_element=1)",
            "kv_cache_bytes(SMALL, 5, batch_size=3)",
            "kv_cache_bytes(WIDE, 9, 4, 4, 2)",
        ],
        refusals=[
            "kv_cache_bytes(SMALL, 0)",
            "kv_cache_bytes(SMALL, 4, 0)",
            "kv_cache_bytes(SMALL, 4, bytes_per_element=0)",
            "kv_cache_bytes(SMALL, 4, batch_size=0)",
        ],
    ),
    "cost_table": Probes(
        text=["column(cost_table([('GPT-2', GPT2, 1024, None)]), 'attention_tflops')"],
        values=[
            *(
                f"column({_TABLE}, {key!r})"
                for key in ("label", "seq_len", "attention_tflops", "kv_cache_gb")
            ),
            "column(cost_table([('a', GPT2, 20_000, None)]), 'kv_cache_gb')",
            f"column({_TABLE}, 'flops_vs_first')",
            f"column({_TABLE}, 'cache_vs_first')",
        ],
        refusals=[
            "cost_table([])",
            "cost_table([('a', ONE, 3, None), ('a', ONE, 4, None)])",
        ],
        needs=("attention_flops", "kv_cache_bytes"),
    ),
}
__all__ = ["keeps_inputs"]
