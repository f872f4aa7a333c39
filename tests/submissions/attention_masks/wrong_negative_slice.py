"""
misconception: Rows are filled by slices that begin below 0.
feedback: A slice that begins below 0 counts from the end; let the first key of a row be 0 at least.
likely: true
fails: [test_keys_inside_the_window, test_ten_tokens_with_a_window, test_window_wider_than_the_text]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        mask[query, query] = True
        mask[query, query - window + 1 : query + 1] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window * dilation) & (behind % dilation == 0)


def count_scores(mask):
    return int(mask.sum())


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance == 0 and window >= 1:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
