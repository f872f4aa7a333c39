"""
style: One layer, or an error, with 0 for no distance.
fails: [test_layers_for_a_rest, test_layers_for_no_distance, test_layers_for_whole_moves, test_layers_of_the_example]
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
    return torch.count_nonzero(mask)


def layers_to_reach(distance, window):
    if distance < 0 or window < 1 or (distance > 0 and window < 2):
        raise ValueError(f"distance is {distance}, window is {window}")
    if distance > window - 1:
        raise ValueError(f"distance {distance} cannot be reached with window {window}")
    return int(distance > 0)
