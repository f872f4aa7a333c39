"""
style: Cases taken apart by index.
fails: [test_last_entry_of_a_case]
"""

def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len = {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window = {window}")
    if window is None or window > seq_len:
        keys_per_query = seq_len
    else:
        keys_per_query = window
    flops_per_score = 2 * config.head_dim
    flops_per_head = seq_len * keys_per_query * flops_per_score
    flops_per_layer = config.num_heads * flops_per_head
    return config.num_layers * flops_per_layer


def attention_flops(config, seq_len, window=None):
    queries_times_keys = score_flops(config, seq_len, window)
    weights_times_values = queries_times_keys
    return queries_times_keys + weights_times_values


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    if seq_len < 1:
        raise ValueError(f"seq_len = {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window = {window}")
    if bytes_per_element < 1:
        raise ValueError(f"bytes_per_element = {bytes_per_element}")
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size}")
    tokens = seq_len
    if window is not None and window < seq_len:
        tokens = window
    keys = config.num_layers * config.num_kv_heads * config.head_dim * tokens
    values = keys
    return (keys + values) * bytes_per_element * batch_size


def cost_table(cases):
    if not cases:
        raise ValueError(f"cases = {cases}")
    labels = [case[0] for case in cases]
    if len(labels) != len(set(labels)):
        raise ValueError(f"labels are not unique: {labels}")
    rows = []
    flops_0 = attention_flops(cases[0][1], cases[0][2])
    cache_0 = kv_cache_bytes(cases[0][1], cases[0][2])
    for case in cases:
        flops = attention_flops(case[1], case[2])
        cache = kv_cache_bytes(case[1], case[2])
        rows.append({"label": case[0], "seq_len": case[2], "attention_tflops": flops / 1e12,
                     "kv_cache_gb": cache / 1e9, "flops_vs_first": flops / flops_0,
                     "cache_vs_first": cache / cache_0})
    return rows
