"""
style: numpy throughout, tensors at the edge
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.from_numpy(np.tri(seq_len, dtype=bool))


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    query, key = np.indices((seq_len, seq_len))
    return torch.from_numpy((key <= query) & (key > query - window))


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    query, key = np.indices((seq_len, seq_len))
    steps, rest = np.divmod(query - key, dilation)
    return torch.from_numpy((rest == 0) & (steps >= 0) & (steps < window))


def count_scores(mask):
    return np.count_nonzero(mask.numpy())


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance == 0 and window >= 1:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return np.ceil(distance / (window - 1))
