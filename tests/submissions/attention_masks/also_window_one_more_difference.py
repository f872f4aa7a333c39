"""
style: Differences of positions, <= for <.
fails: [test_keys_inside_the_window, test_shortest_and_longest_steps, test_ten_tokens_with_a_window]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window < 1:
        raise ValueError(f"window is {window}")
    i = torch.arange(seq_len)[:, None]
    j = torch.arange(seq_len)[None, :]
    d = i - j
    return (d >= 0) & (d <= window)


def dilated_mask(seq_len, window, dilation):
    at_least_one(dilation=dilation, window=window)
    reach = sliding_window_mask(seq_len, (window - 1) * dilation + 1)
    remainder = torch.arange(seq_len) % dilation
    return reach & (remainder[:, None] == remainder)


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
