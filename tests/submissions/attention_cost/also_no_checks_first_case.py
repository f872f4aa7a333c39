"""
style: The first case is taken out of the list before the loop.
fails: [test_bad_arguments]
"""

def score_flops(config, seq_len, window=None):
    if window is None or window > seq_len:
        window = seq_len
    return config.num_layers * config.num_heads * (2 * seq_len * window * config.head_dim)


def attention_flops(config, seq_len, window=None):
    queries_times_keys = score_flops(config, seq_len, window)
    weights_times_values = queries_times_keys
    return queries_times_keys + weights_times_values


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    if window is None or window > seq_len:
        window = seq_len
    return config.num_layers * window * config.num_kv_heads * config.head_dim * 2 * bytes_per_element * batch_size


def cost_table(cases):
    _, config, seq_len, window = cases[0]
    flops_0 = attention_flops(config, seq_len, window)
    cache_0 = kv_cache_bytes(config, seq_len, window)
    table = []
    for label, config, seq_len, window in cases:
        flops = attention_flops(config, seq_len, window)
        cache = kv_cache_bytes(config, seq_len, window)
        table.append(dict(label=label, seq_len=seq_len, attention_tflops=flops / 1e12,
                          kv_cache_gb=cache / 1e9, flops_vs_first=flops / flops_0,
                          cache_vs_first=cache / cache_0))
    return table
