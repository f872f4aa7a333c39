"""
style: A band made by tril and triu.
fails: [test_nothing_after_the_query, test_ten_tokens_with_a_window]
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
    return ones.tril(window - 1) & ones.triu(1 - window)


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
    return (distance + window - 2) // (window - 1)
