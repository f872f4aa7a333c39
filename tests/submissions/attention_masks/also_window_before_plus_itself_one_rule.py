"""
style: One rule for both windows.
fails: [test_dilated_mask_of_a_longer_text, test_how_far_a_dilated_window_reaches, test_keys_in_a_dilated_row, test_keys_inside_the_window, test_layers_for_a_rest, test_layers_for_whole_moves, test_layers_of_the_example, test_shortest_and_longest_steps, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
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
    mask = torch.eye(seq_len, dtype=torch.bool)
    for query in range(seq_len):
        for step in range(1, window + 1):
            key = query - step * dilation
            if key >= 0:
                mask[query, key] = True
    return mask


def count_scores(mask):
    return int(torch.count_nonzero(mask))


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance cannot be negative but is {distance}")
    if window < 2 and distance > 0:
        raise ValueError(f"window has to be 2 or more but is {window}")
    return int(np.ceil(distance / window))
