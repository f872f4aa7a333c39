"""
misconception: 'The masks are what is added to the scores: 0 where a query may attend, minus infinity elsewhere.'
feedback: 'Here a mask says True or False for each pair; turning it into numbers to add is left to the attention that uses it.'
fails: [test_four_tokens, test_masks_are_bool, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.full((seq_len, seq_len), -math.inf).triu(1)


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return torch.zeros(seq_len, seq_len).masked_fill((behind < 0) | (behind >= window), -math.inf)


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    barred = (behind < 0) | (behind >= window * dilation) | (behind % dilation != 0)
    return torch.zeros(seq_len, seq_len).masked_fill(barred, -math.inf)


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
