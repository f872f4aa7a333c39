"""
style: n * n with n the smaller of both.
fails: [test_both_products, test_computing_with_a_window, test_scores_of_the_worked_example]
"""


def reach(seq_len, window):
    for name, value in {"seq_len": seq_len, "window": window}.items():
        if value is not None and not value >= 1:
            raise ValueError(f"{name}={value} is below 1")
    return seq_len if window is None or window > seq_len else window


def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window is {window}")
    n = min(seq_len, window or seq_len)
    return 2 * n * n * config.num_heads * config.head_dim * config.num_layers


def attention_flops(config, seq_len, window=None):
    width = config.num_heads * config.head_dim
    return config.num_layers * 4 * seq_len * reach(seq_len, window) * width


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    for name, value in {"bytes_per_element": bytes_per_element, "batch_size": batch_size}.items():
        if value < 1:
            raise ValueError(f"{name}={value} is below 1")
    key_and_value = (config.head_dim + config.head_dim) * bytes_per_element
    one_token = config.num_layers * config.num_kv_heads * key_and_value
    return batch_size * reach(seq_len, window) * one_token


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
