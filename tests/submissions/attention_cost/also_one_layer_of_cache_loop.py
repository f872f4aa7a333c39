"""
style: The limits checked in a loop.
fails: [test_cache_of_gpt2, test_cost_of_depth]
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
    for name, value in (
        ("seq_len", seq_len),
        ("bytes_per_element", bytes_per_element),
        ("batch_size", batch_size),
    ):
        if value < 1:
            raise ValueError(f"{name} is {value}")
    if window is not None:
        if window < 1:
            raise ValueError(f"window is {window}")
        seq_len = min(seq_len, window)
    return 2 * config.num_kv_heads * config.head_dim * seq_len * bytes_per_element * batch_size


def cost_table(cases):
    table = {}
    for label, config, seq_len, window in cases:
        if label in table:
            raise ValueError(f"cases repeat the label {label!r}")
        flops = attention_flops(config, seq_len, window)
        cache = kv_cache_bytes(config, seq_len, window)
        if not table:
            first_flops, first_cache = flops, cache
        table[label] = dict(
            label=label,
            seq_len=seq_len,
            window=window,
            attention_tflops=flops / 1e12,
            kv_cache_gb=cache / 1e9,
            flops_vs_first=flops / first_flops,
            cache_vs_first=cache / first_cache,
        )
    if not table:
        raise ValueError("cases is empty")
    return list(table.values())
