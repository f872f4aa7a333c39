"""
style: The second product is taken for free.
fails: [test_both_products, test_both_products_of_the_worked_example]
"""

def check(**sizes):
    for name, size in sizes.items():
        if size is not None and size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}")


def score_flops(config, seq_len, window=None):
    check(seq_len=seq_len, window=window)
    keys = seq_len if window is None else min(window, seq_len)
    scores = seq_len * keys * config.num_heads
    return scores * config.head_dim * 2 * config.num_layers


def attention_flops(config, seq_len, window=None):
    # the weights are ready after the scores, applying them is only an average
    flops = score_flops(config, seq_len, window)
    return flops


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    check(seq_len=seq_len, window=window, bytes_per_element=bytes_per_element, batch_size=batch_size)
    tokens = seq_len if window is None else min(window, seq_len)
    one_token = 2 * config.num_kv_heads * config.head_dim * bytes_per_element
    return batch_size * config.num_layers * tokens * one_token


def cost_table(cases):
    if len(cases) == 0:
        raise ValueError(f"cases is empty: {cases}")
    seen = set()
    table = []
    for label, config, seq_len, window in cases:
        if label in seen:
            raise ValueError(f"the label {label!r} is there twice")
        seen.add(label)
        table.append({
            "label": label,
            "seq_len": seq_len,
            "attention_tflops": attention_flops(config, seq_len, window) / 1e12,
            "kv_cache_gb": kv_cache_bytes(config, seq_len, window) / 1e9,
        })
    first = table[0]
    for row in table:
        row["flops_vs_first"] = row["attention_tflops"] / first["attention_tflops"]
        row["cache_vs_first"] = row["kv_cache_gb"] / first["kv_cache_gb"]
    return table
