"""
style: The sliding window is a dilated one with steps of 1.
fails: [test_nothing_after_the_query, test_shortest_and_longest_steps, test_ten_tokens_dilated, test_ten_tokens_with_a_window, test_window_wider_than_the_text]
"""

def check_positive(name, value):
    if value <= 0:
        raise ValueError(f"{name} has to be positive but is {value}")


def causal_mask(seq_len):
    check_positive("seq_len", seq_len)
    return torch.tril(torch.ones((seq_len, seq_len), dtype=torch.bool))


def sliding_window_mask(seq_len, window):
    return dilated_mask(seq_len, window, 1)


def dilated_mask(seq_len, window, dilation):
    for name, value in [("seq_len", seq_len), ("window", window), ("dilation", dilation)]:
        check_positive(name, value)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for s in range(window):
            j = i - s * dilation
            mask[i, j] = True
    return mask


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
