"""
style: slices and lists of keys for each row; whole-number division rounded up by divmod
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.tensor([[key <= query for key in range(seq_len)] for query in range(seq_len)])


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    mask = torch.full((seq_len, seq_len), False)
    for query in range(seq_len):
        mask[query, max(query - window + 1, 0) : query + 1] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    rows = [set(range(query, max(query - window * dilation, -1), -dilation)) for query in range(seq_len)]
    return torch.tensor([[key in row for key in range(seq_len)] for row in rows])


def count_scores(mask):
    return sum(sum(row) for row in mask.tolist())


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance: {distance}")
    if window < 1 or window < 2 and distance:
        raise ValueError(f"window: {window}")
    if not distance:
        return 0
    layers, rest = divmod(distance, window - 1)
    return layers + (rest > 0)
