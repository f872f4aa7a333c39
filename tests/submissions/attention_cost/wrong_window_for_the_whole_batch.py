"""
misconception: The rolling buffer holds one window of tokens for the whole batch.
feedback: Each text of a batch has a rolling buffer of its own, so the window limits the tokens of one text and batch_size multiplies what is left.
fails: [test_bytes_and_batch]
"""


def _check(name, value):
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, got {value}")


def _kept(tokens, window):
    if window is None:
        return tokens
    _check("window", window)
    return min(tokens, window)


def score_flops(config, seq_len, window=None):
    _check("seq_len", seq_len)
    scores = config.num_layers * config.num_heads * seq_len * _kept(seq_len, window)
    return 2 * config.head_dim * scores


def attention_flops(config, seq_len, window=None):
    return 2 * score_flops(config, seq_len, window)


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    _check("seq_len", seq_len)
    _check("bytes_per_element", bytes_per_element)
    _check("batch_size", batch_size)
    tokens = _kept(batch_size * seq_len, window)
    numbers_per_token = 2 * config.num_layers * config.num_kv_heads * config.head_dim
    return tokens * numbers_per_token * bytes_per_element


def cost_table(cases):
    if not cases:
        raise ValueError("cases is empty")
    rows = {}
    for label, config, seq_len, window in cases:
        if label in rows:
            raise ValueError(f"label {label} occurs twice in cases")
        rows[label] = {
            "label": label,
            "seq_len": seq_len,
            "attention_tflops": attention_flops(config, seq_len, window) / 1e12,
            "kv_cache_gb": kv_cache_bytes(config, seq_len, window) / 1e9,
        }
    table = list(rows.values())
    for row in table:
        row["flops_vs_first"] = row["attention_tflops"] / table[0]["attention_tflops"]
        row["cache_vs_first"] = row["kv_cache_gb"] / table[0]["kv_cache_gb"]
    return table
