"""
misconception: Nothing is checked.
feedback: Check seq_len, window, dilation and distance first and raise ValueError with the name and value.
likely: true
fails: [test_arguments_out_of_range]
"""


def at_least_one(**values):
    pass


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window)


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window * dilation) & (behind % dilation == 0)


def count_scores(mask):
    return int(mask.sum())


def layers_to_reach(distance, window):
    return math.ceil(distance / (window - 1)) if distance else 0
