"""
misconception: 'd_model stands in for num_heads * head_dim.'
feedback: 'All heads together need not be d_model wide; multiply num_heads by head_dim.'
likely: true
fails: [test_heads_wider_than_the_model]
"""


def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    keys = seq_len
    if window is not None:
        keys = min(window, seq_len)
    per_layer = 2 * seq_len * keys * config.d_model
    return per_layer * config.num_layers


def attention_flops(config, seq_len, window=None):
    return 2 * score_flops(config, seq_len, window)


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    if bytes_per_element < 1:
        raise ValueError(f"bytes_per_element must be at least 1, got {bytes_per_element}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    tokens = seq_len
    if window is not None:
        tokens = min(window, seq_len)
    per_token = 2 * config.num_layers * config.num_kv_heads * config.head_dim
    return per_token * tokens * bytes_per_element * batch_size


def cost_table(cases):
    if len(cases) == 0:
        raise ValueError(f"cases must not be empty, got {cases}")
    labels = [case[0] for case in cases]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"label {label} is repeated")
    rows = []
    for label, config, seq_len, window in cases:
        row = {"label": label, "seq_len": seq_len}
        row["attention_tflops"] = attention_flops(config, seq_len, window) / 10**12
        row["kv_cache_gb"] = kv_cache_bytes(config, seq_len, window) / 10**9
        rows.append(row)
    for row in rows:
        row["flops_vs_first"] = row["attention_tflops"] / rows[0]["attention_tflops"]
        row["cache_vs_first"] = row["kv_cache_gb"] / rows[0]["kv_cache_gb"]
    return rows
