"""
misconception: The first key is clipped to 0, and the steps go on from there to the query.
feedback: Clipping the first key to 0 shifts every step after it, so that the query itself may be missed; count the steps back from the query and leave out what lies below 0.
likely: true
fails: [test_dilated_mask_of_a_longer_text, test_every_token_sees_itself, test_shortest_and_longest_steps, test_where_the_steps_start, test_window_wider_than_the_text]
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
        for j in range(max(0, i - (window - 1) * dilation), i + 1, dilation):
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
    if window < 2 and distance > 0:
        raise ValueError(f"window={window}")
    layers = 0
    reached = 0
    while reached < distance:
        reached += window - 1
        layers += 1
    return layers
