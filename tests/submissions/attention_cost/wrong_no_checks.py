"""
misconception: No argument is checked.
feedback: Every length and size below 1, an empty list and a label used twice are a ValueError; check them first and name the argument and its value.
likely: true
fails: [test_bad_arguments]
"""

def score_flops(config, seq_len, window=None):
    keys = seq_len if window is None else min(seq_len, window)
    return 2 * seq_len * keys * config.num_heads * config.head_dim * config.num_layers


def attention_flops(config, seq_len, window=None):
    return score_flops(config, seq_len, window) * 2


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    tokens = seq_len if window is None else min(seq_len, window)
    elements = 2 * config.num_layers * config.num_kv_heads * config.head_dim * tokens
    return elements * bytes_per_element * batch_size


def cost_table(cases):
    rows = []
    for label, config, seq_len, window in cases:
        tflops = attention_flops(config, seq_len, window) / 1e12
        cache_gb = kv_cache_bytes(config, seq_len, window) / 1e9
        rows.append({"label": label, "seq_len": seq_len, "attention_tflops": tflops,
                     "kv_cache_gb": cache_gb})
    for row in rows:
        row["flops_vs_first"] = row["attention_tflops"] / rows[0]["attention_tflops"]
        row["cache_vs_first"] = row["kv_cache_gb"] / rows[0]["kv_cache_gb"]
    return rows
