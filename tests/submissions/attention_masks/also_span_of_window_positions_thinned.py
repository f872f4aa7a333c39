"""
style: The sliding window of the same size, thinned out row by row.
fails: [test_dilated_mask_of_a_longer_text, test_how_far_a_dilated_window_reaches, test_ten_tokens_dilated]
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
    mask = sliding_window_mask(seq_len, window)
    for query in range(seq_len):
        for key in range(query + 1):
            if (query - key) % dilation:
                mask[query, key] = False
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
