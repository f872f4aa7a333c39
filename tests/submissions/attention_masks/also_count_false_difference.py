"""
style: The True entries are subtracted from all.
fails: [test_scores_of_a_full_mask, test_scores_of_a_small_mask, test_scores_of_any_mask, test_scores_of_the_diagonal]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    at_least_one(window=window)
    causal = causal_mask(seq_len)
    return causal & ~causal.tril(-window)


def dilated_mask(seq_len, window, dilation):
    at_least_one(dilation=dilation, window=window)
    reach = sliding_window_mask(seq_len, (window - 1) * dilation + 1)
    remainder = torch.arange(seq_len) % dilation
    return reach & (remainder[:, None] == remainder)


def count_scores(mask):
    return mask.numel() - int(mask.sum())


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance == 0 and window >= 1:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
