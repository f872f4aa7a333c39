"""
style: Lists of keys, the first of them at 0 at least.
fails: [test_dilated_mask_of_a_longer_text, test_every_token_sees_itself, test_shortest_and_longest_steps, test_where_the_steps_start, test_window_wider_than_the_text]
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
    for query in range(seq_len):
        first = query - (window - 1) * dilation
        if first < 0:
            first = 0
        keys = [first + step * dilation for step in range(window)]
        rows.append([key in keys and key <= query for key in range(seq_len)])
    return torch.tensor(rows)


def count_scores(mask):
    return len(mask[mask])


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError("distance must be >= 0, is " + str(distance))
    if distance > 0 and window < 2:
        raise ValueError("window must be >= 2, is " + str(window))
    return int(np.ceil(distance / max(window - 1, 1)))
