"""
style: A list of keys for each row.
fails: [test_nothing_after_the_query, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError("seq_len must be >= 1, is " + str(seq_len))
    return torch.tensor(np.tril(np.ones((seq_len, seq_len))) == 1)


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError("seq_len must be >= 1, is " + str(seq_len))
    if window < 1:
        raise ValueError("window must be >= 1, is " + str(window))
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        keys = [i - back for back in range(min(window, seq_len))]
        mask[i, keys] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1 or window < 1 or dilation < 1:
        raise ValueError(f"seq_len {seq_len}, window {window} and dilation {dilation} must be >= 1")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        keys = [i - step * dilation for step in range(window) if step * dilation < seq_len]
        mask[i, keys] = True
    return mask


def count_scores(mask):
    return len(mask[mask])


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError("distance must be >= 0, is " + str(distance))
    if distance > 0 and window < 2:
        raise ValueError("window must be >= 2, is " + str(window))
    return int(np.ceil(distance / max(window - 1, 1)))
