"""
style: divmod, and one more for a rest.
fails: [test_layers_for_a_rest, test_layers_for_whole_moves, test_layers_of_the_example]
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
    i, j = np.arange(seq_len)[:, None], np.arange(seq_len)[None, :]
    return torch.tensor((j <= i) & (i - j <= window - 1))


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1 or window < 1 or dilation < 1:
        raise ValueError(f"seq_len {seq_len}, window {window} and dilation {dilation} must be >= 1")
    rows = []
    for i in range(seq_len):
        keys = {i - s * dilation for s in range(window)}
        rows.append([j in keys for j in range(seq_len)])
    return torch.tensor(rows)


def count_scores(mask):
    return len(mask[mask])


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError("distance must be >= 0, is " + str(distance))
    if distance > 0 and window < 2:
        raise ValueError("window must be >= 2, is " + str(window))
    layers, rest = divmod(distance, window)
    return layers + 1 if rest else layers
