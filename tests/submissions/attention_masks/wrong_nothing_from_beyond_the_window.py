"""
misconception: What lies outside the window is lost, however many layers there are.
feedback: A layer hands on what the layer below has read, so what lies outside the window arrives some layers later.
fights: far_context_lost
likely: true
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
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance >= window:
        raise ValueError(f"distance {distance} lies outside the window {window}")
    return 1
