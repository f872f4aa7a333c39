"""
style: Strict comparisons in all three masks.
fails: [test_every_token_sees_itself, test_four_tokens, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    query, key = torch.arange(seq_len)[:, None], torch.arange(seq_len)
    return key < query


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window < 1:
        raise ValueError(f"window is {window}")
    query, key = torch.arange(seq_len)[:, None], torch.arange(seq_len)
    return (key < query) & (key > query - window)


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window < 1:
        raise ValueError(f"window is {window}")
    if dilation < 1:
        raise ValueError(f"dilation is {dilation}")
    query, key = torch.arange(seq_len)[:, None], torch.arange(seq_len)
    return (key < query) & (key > query - window * dilation) & ((query - key) % dilation == 0)


def count_scores(mask):
    return torch.count_nonzero(mask)


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance == 0 and window >= 1:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
