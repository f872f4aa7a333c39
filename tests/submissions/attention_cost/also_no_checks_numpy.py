"""
style: Sizes multiplied by np.prod.
fails: [test_bad_arguments]
"""

def score_flops(config, seq_len, window=None):
    keys = seq_len if window is None else np.minimum(seq_len, window)
    return int(np.prod([2, config.num_layers, config.num_heads, keys, seq_len, config.head_dim]))


def attention_flops(config, seq_len, window=None):
    return 2 * score_flops(config, seq_len, window)


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    tokens = seq_len if window is None else np.minimum(seq_len, window)
    shape = (2, config.num_layers, batch_size, config.num_kv_heads, tokens, config.head_dim)
    return int(np.prod(shape)) * bytes_per_element


def cost_table(cases):
    flops = np.array([attention_flops(c, n, w) for _, c, n, w in cases], dtype=float)
    cache = np.array([kv_cache_bytes(c, n, w) for _, c, n, w in cases], dtype=float)
    return [
        dict(label=label, seq_len=n, attention_tflops=flops[i] / 1e12, kv_cache_gb=cache[i] / 1e9,
             flops_vs_first=flops[i] / flops[0], cache_vs_first=cache[i] / cache[0])
        for i, (label, _, n, _) in enumerate(cases)
    ]
