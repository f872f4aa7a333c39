"""
style: window or seq_len.
fails: [test_short_texts]
"""

def score_flops(config, seq_len, window=None):
    if seq_len < 1 or (window is not None and window < 1):
        raise ValueError(f"seq_len {seq_len} and window {window} must be at least 1")
    return 2.0 * seq_len * (window or seq_len) * config.num_heads * config.head_dim * config.num_layers


def attention_flops(config, seq_len, window=None):
    if seq_len < 1 or (window is not None and window < 1):
        raise ValueError(f"seq_len {seq_len} and window {window} must be at least 1")
    return 4.0 * seq_len * (window or seq_len) * config.num_heads * config.head_dim * config.num_layers


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    if min(seq_len, 1 if window is None else window, bytes_per_element, batch_size) < 1:
        raise ValueError(f"seq_len {seq_len}, window {window}, bytes_per_element {bytes_per_element} "
                         f"and batch_size {batch_size} must be at least 1")
    kept = (window or seq_len)
    return 2 * kept * config.num_layers * config.num_kv_heads * config.head_dim * bytes_per_element * batch_size


def cost_table(cases):
    if not cases:
        raise ValueError("cases is []")
    rows = []
    for label, *arguments in cases:
        if any(label == row["label"] for row in rows):
            raise ValueError(f"two cases are called {label}")
        row = {"label": label, "seq_len": arguments[1]}
        row["attention_tflops"] = attention_flops(*arguments) * 1e-12
        row["kv_cache_gb"] = kv_cache_bytes(*arguments) * 1e-9
        rows.append(row)
        for of, vs in (("attention_tflops", "flops_vs_first"), ("kv_cache_gb", "cache_vs_first")):
            row[vs] = row[of] / rows[0][of]
    return rows
