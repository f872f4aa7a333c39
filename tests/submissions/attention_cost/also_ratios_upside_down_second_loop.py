"""
style: The ratios in a second loop.
fails: [test_ratios_of_the_table, test_table_of_two_rows]
"""


def reach(seq_len, window):
    for name, value in {"seq_len": seq_len, "window": window}.items():
        if value is not None and not value >= 1:
            raise ValueError(f"{name}={value} is below 1")
    return seq_len if window is None or window > seq_len else window


def score_flops(config, seq_len, window=None):
    width = config.num_heads * config.head_dim
    flops_of_one_query = reach(seq_len, window) * (width + width)
    return config.num_layers * flops_of_one_query * seq_len


def attention_flops(config, seq_len, window=None):
    width = config.num_heads * config.head_dim
    return config.num_layers * 4 * seq_len * reach(seq_len, window) * width


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    for name, value in {"bytes_per_element": bytes_per_element, "batch_size": batch_size}.items():
        if value < 1:
            raise ValueError(f"{name}={value} is below 1")
    key_and_value = (config.head_dim + config.head_dim) * bytes_per_element
    one_token = config.num_layers * config.num_kv_heads * key_and_value
    return batch_size * reach(seq_len, window) * one_token


def cost_table(cases):
    if not cases:
        raise ValueError("cases is empty")
    labels = [c[0] for c in cases]
    if len(set(labels)) != len(labels):
        raise ValueError(f"labels repeat: {labels}")
    rows = []
    for label, config, seq_len, window in cases:
        rows.append(
            {
                "label": label,
                "seq_len": seq_len,
                "attention_tflops": attention_flops(config, seq_len, window) / 1e12,
                "kv_cache_gb": kv_cache_bytes(config, seq_len, window) / 1e9,
            }
        )
    for r in rows:
        r["flops_vs_first"] = rows[0]["attention_tflops"] / r["attention_tflops"]
        r["cache_vs_first"] = rows[0]["kv_cache_gb"] / r["kv_cache_gb"]
    return rows
