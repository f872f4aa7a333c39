"""
style: -1 for what is out of reach.
fails: [test_layers_for_a_rest, test_layers_for_no_distance, test_layers_for_whole_moves, test_layers_of_the_example]
"""

def check_positive(name, value):
    if value <= 0:
        raise ValueError(f"{name} has to be positive but is {value}")


def causal_mask(seq_len):
    check_positive("seq_len", seq_len)
    return torch.tril(torch.ones((seq_len, seq_len), dtype=torch.bool))


def sliding_window_mask(seq_len, window):
    check_positive("seq_len", seq_len)
    check_positive("window", window)
    ones = torch.ones((seq_len, seq_len), dtype=torch.bool)
    return torch.tril(ones) & torch.triu(ones, diagonal=-(window - 1))


def dilated_mask(seq_len, window, dilation):
    for name, value in [("seq_len", seq_len), ("window", window), ("dilation", dilation)]:
        check_positive(name, value)
    behind = torch.arange(seq_len).unsqueeze(1) - torch.arange(seq_len).unsqueeze(0)
    steps = torch.div(behind, dilation, rounding_mode="floor")
    return (behind >= 0) & (behind == steps * dilation) & (steps < window)


def count_scores(mask):
    return int(torch.count_nonzero(mask))


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance cannot be negative but is {distance}")
    if distance == 0:
        return 0
    if window <= 1:
        raise ValueError(f"window has to be 2 or more but is {window}")
    return 1 if distance < window else -1
