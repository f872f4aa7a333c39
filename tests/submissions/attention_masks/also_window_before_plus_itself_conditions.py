"""
style: Conditions on positions, and a division by the window.
fails: [test_dilated_mask_of_a_longer_text, test_how_far_a_dilated_window_reaches, test_keys_in_a_dilated_row, test_keys_inside_the_window, test_layers_for_a_rest, test_layers_for_whole_moves, test_layers_of_the_example, test_shortest_and_longest_steps, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window < 1:
        raise ValueError(f"window is {window}")
    query, key = torch.arange(seq_len)[:, None], torch.arange(seq_len)
    return (key <= query) & (key >= query - window)


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len is {seq_len}")
    if window < 1:
        raise ValueError(f"window is {window}")
    if dilation < 1:
        raise ValueError(f"dilation is {dilation}")
    query, key = torch.arange(seq_len)[:, None], torch.arange(seq_len)
    return (key <= query) & (key >= query - window * dilation) & ((query - key) % dilation == 0)


def count_scores(mask):
    return torch.count_nonzero(mask)


def layers_to_reach(distance, window):
    if distance < 0 or window < 1 or (distance > 0 and window < 2):
        raise ValueError(f"distance is {distance}, window is {window}")
    return -(-distance // window)
