"""
misconception: 'Only the causal half of the square is counted.'
feedback: 'The convention here is the full square of queries and keys; the causal half is not taken off.'
likely: true
fails: [test_computing_with_a_window, test_scores_of_gpt2, test_scores_of_longer_texts, test_scores_of_the_worked_example]
"""


def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    keys = seq_len
    if window is not None:
        keys = min(window, seq_len)
    pairs = seq_len * (seq_len + 1) // 2 if keys == seq_len else seq_len * keys
    per_layer = 2 * pairs * config.num_heads * config.head_dim
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
