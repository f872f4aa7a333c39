"""
style: Whole moves are taken off while there are any.
fails: [test_layers_for_a_rest]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for j in range(seq_len):
            if j <= i:
                mask[i, j] = True
    return mask


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    if window < 1:
        raise ValueError(f"window={window}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for j in range(seq_len):
            if i - window + 1 <= j <= i:
                mask[i, j] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    if window < 1:
        raise ValueError(f"window={window}")
    if dilation < 1:
        raise ValueError(f"dilation={dilation}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        keys = [i - k * dilation for k in range(window)]
        for j in keys:
            if j >= 0:
                mask[i, j] = True
    return mask


def count_scores(mask):
    total = 0
    for row in mask:
        total += int(row.sum())
    return total


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance={distance}")
    if distance > 0 and window < 2:
        raise ValueError(f"window={window}")
    layers = 0
    while distance > 0 and distance >= window - 1:
        distance -= window - 1
        layers += 1
    return layers
