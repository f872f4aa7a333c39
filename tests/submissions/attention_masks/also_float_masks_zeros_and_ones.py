"""
style: torch.zeros without a dtype, ones written in by loops.
fails: [test_four_tokens, test_masks_are_bool]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        mask[i, : i + 1] = 1
    return mask


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    if window < 1:
        raise ValueError(f"window={window}")
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        mask[i, max(0, i - window + 1) : i + 1] = 1
    return mask


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len={seq_len}")
    if window < 1:
        raise ValueError(f"window={window}")
    if dilation < 1:
        raise ValueError(f"dilation={dilation}")
    mask = torch.zeros(seq_len, seq_len)
    for i in range(seq_len):
        for step in range(window):
            j = i - step * dilation
            if j >= 0:
                mask[i, j] = 1
    return mask


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance={distance}")
    if window < 2 and distance > 0:
        raise ValueError(f"window={window}")
    layers = 0
    reached = 0
    while reached < distance:
        reached += window - 1
        layers += 1
    return layers
