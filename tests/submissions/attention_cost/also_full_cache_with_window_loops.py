"""
style: Written with loops.
fails: [test_cache_of_gpt2_with_a_window, test_cache_with_a_window]
"""


def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    keys = seq_len
    if window is not None:
        keys = min(window, seq_len)
    flops = 0
    for layer in range(config.num_layers):
        for head in range(config.num_heads):
            multiply_adds = seq_len * keys * config.head_dim
            flops += 2 * multiply_adds
    return flops


def attention_flops(config, seq_len, window=None):
    scores = score_flops(config, seq_len, window)
    keys = min(seq_len, window or seq_len)
    weights_times_values = 0
    for layer in range(config.num_layers):
        weights_times_values += 2 * seq_len * keys * config.head_dim * config.num_heads
    return scores + weights_times_values


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
    total = 0
    for text in range(batch_size):
        for layer in range(config.num_layers):
            keys = tokens * config.num_kv_heads * config.head_dim * bytes_per_element
            values = keys
            total += keys + values
    return total


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
