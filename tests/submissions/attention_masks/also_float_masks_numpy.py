"""
style: np.zeros turned into a tensor of float64.
fails: [test_four_tokens, test_masks_are_bool]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError("seq_len must be >= 1, is " + str(seq_len))
    return torch.from_numpy(np.tril(np.ones((seq_len, seq_len))))


def sliding_window_mask(seq_len, window):
    if window < 1:
        raise ValueError("window must be >= 1, is " + str(window))
    return causal_mask(seq_len) - torch.tril(causal_mask(seq_len), diagonal=-window)


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1 or window < 1 or dilation < 1:
        raise ValueError(f"seq_len {seq_len}, window {window}, dilation {dilation}")
    mask = np.zeros((seq_len, seq_len))
    for i in range(seq_len):
        keys = np.arange(i, i - window * dilation, -dilation)
        mask[i, keys[keys >= 0]] = 1
    return torch.from_numpy(mask)


def count_scores(mask):
    return int(torch.count_nonzero(mask))


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError("distance must be >= 0, is " + str(distance))
    if distance > 0 and window < 2:
        raise ValueError("window must be >= 2, is " + str(window))
    return int(np.ceil(distance / max(window - 1, 1)))
