"""
misconception: Keys below 0 are used as an index.
feedback: In Python the index -1 is the last token, so keys below 0 mark tokens of the future; leave them out.
likely: true
fails: [test_nothing_after_the_query, test_shortest_and_longest_steps, test_ten_tokens_dilated, test_ten_tokens_with_a_window, test_window_wider_than_the_text]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    pos = torch.arange(seq_len)
    return pos[None, :] <= pos[:, None]


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for back in range(window):
            mask[i, i - back] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    if dilation < 1:
        raise ValueError(f"dilation must be at least 1, got {dilation}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for step in range(window):
            mask[i, i - step * dilation] = True
    return mask


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must not be negative, got {distance}")
    if distance == 0:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
