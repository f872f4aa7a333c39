"""
style: np.round of whole columns.
fails: [test_ratios_of_the_table, test_table_of_two_rows, test_units_of_the_table]
"""

def _at_least_one(name, value):
    if value < 1:
        raise ValueError(f"{name} is {value} and should be 1 or more")


def score_flops(config, seq_len, window=None):
    _at_least_one("seq_len", seq_len)
    if window is not None:
        _at_least_one("window", window)
    keys = np.minimum(seq_len, window) if window is not None else seq_len
    return 2 * config.num_layers * config.num_heads * int(keys) * seq_len * config.head_dim


def attention_flops(config, seq_len, window=None):
    return 2 * score_flops(config, seq_len, window)


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    _at_least_one("seq_len", seq_len)
    if window is not None:
        _at_least_one("window", window)
    _at_least_one("bytes_per_element", bytes_per_element)
    _at_least_one("batch_size", batch_size)
    tokens = min(seq_len, window) if window is not None else seq_len
    shape = (2, config.num_layers, batch_size, config.num_kv_heads, tokens, config.head_dim)
    return int(np.prod(shape)) * bytes_per_element


def cost_table(cases):
    labels = [label for label, _, _, _ in cases]
    if not labels or len(np.unique(labels)) < len(labels):
        raise ValueError(f"cases need labels that differ: {labels}")
    flops = np.array([attention_flops(c, n, w) for _, c, n, w in cases], dtype=float)
    cache = np.array([kv_cache_bytes(c, n, w) for _, c, n, w in cases], dtype=float)
    return [
        dict(label=label, seq_len=n, attention_tflops=np.round(flops[i] / 1e12, 2), kv_cache_gb=np.round(cache[i] / 1e9, 2),
             flops_vs_first=np.round(flops[i] / flops[0], 1), cache_vs_first=np.round(cache[i] / cache[0], 1))
        for i, (label, _, n, _) in enumerate(cases)
    ]
