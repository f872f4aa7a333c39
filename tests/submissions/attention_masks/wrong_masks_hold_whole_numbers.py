"""
misconception: 'The masks hold the whole numbers 0 and 1.'
feedback: 'Comparisons give bools already; a mask of whole numbers is refused by attention, which takes bools.'
fails: [test_four_tokens, test_masks_are_bool]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.int64).tril()


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return ((behind >= 0) & (behind < window)).int()


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return ((behind >= 0) & (behind < window * dilation) & (behind % dilation == 0)).int()


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
