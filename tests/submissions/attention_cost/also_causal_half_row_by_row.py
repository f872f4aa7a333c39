"""
style: The keys of each row are added up.
fails: [test_computing_with_a_window, test_scores_of_gpt2, test_scores_of_longer_texts, test_scores_of_the_worked_example]
"""

def score_flops(config, seq_len, window=None):
    if seq_len < 1:
        raise ValueError(f"seq_len = {seq_len}")
    if window is not None and window < 1:
        raise ValueError(f"window = {window}")
    pairs = 0
    for query in range(seq_len):
        keys = query + 1
        if window is not None and keys > window:
            keys = window
        pairs += keys
    return 2 * pairs * config.head_dim * config.num_heads * config.num_layers


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
    first_flops = first_cache = None
    for label, config, seq_len, window in cases:
        flops = attention_flops(config, seq_len, window)
        cache = kv_cache_bytes(config, seq_len, window)
        if first_flops is None:
            first_flops, first_cache = flops, cache
        row = {}
        row["label"] = label
        row["seq_len"] = seq_len
        row["attention_tflops"] = flops / 10**12
        row["kv_cache_gb"] = cache / 10**9
        row["flops_vs_first"] = flops / first_flops
        row["cache_vs_first"] = cache / first_cache
        rows.append(row)
    return rows
