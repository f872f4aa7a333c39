"""
style: Written with loops.
fails: [test_layers_for_a_rest, test_layers_for_whole_moves, test_layers_of_the_example]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        for key in range(query + 1):
            mask[query, key] = True
    return mask


def sliding_window_mask(seq_len, window):
    at_least_one(seq_len=seq_len, window=window)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        for key in range(max(0, query - window + 1), query + 1):
            mask[query, key] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        for step in range(window):
            key = query - step * dilation
            if key >= 0:
                mask[query, key] = True
    return mask


def count_scores(mask):
    scores = 0
    for row in mask:
        for entry in row:
            if entry:
                scores += 1
    return scores


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance = {distance}")
    if window < 1 or (distance > 0 and window == 1):
        raise ValueError(f"window = {window}")
    layers = 0
    while layers * window < distance:
        layers += 1
    return layers
