"""
style: A dict by label, in which the later case wins.
fails: [test_bad_arguments]
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
    table = {}
    _, config, seq_len, window = cases[0]
    first_flops = attention_flops(config, seq_len, window)
    first_cache = kv_cache_bytes(config, seq_len, window)
    for label, config, seq_len, window in cases:
        flops = attention_flops(config, seq_len, window)
        cache = kv_cache_bytes(config, seq_len, window)
        table[label] = {
            "label": label,
            "seq_len": seq_len,
            "attention_tflops": flops / 1e12,
            "kv_cache_gb": cache / 1e9,
            "flops_vs_first": flops / first_flops,
            "cache_vs_first": cache / first_cache,
        }
    return list(table.values())
