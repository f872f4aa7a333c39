"""
style: numpy and slices, nothing checked.
fails: [test_arguments_out_of_range]
"""

def causal_mask(seq_len):
    return torch.from_numpy(np.tri(seq_len) > 0)


def sliding_window_mask(seq_len, window):
    mask = causal_mask(seq_len)
    for query in range(seq_len):
        mask[query, : max(0, query - window + 1)] = False
    return mask


def dilated_mask(seq_len, window, dilation):
    rows, columns = np.indices((seq_len, seq_len))
    back = rows - columns
    return torch.from_numpy((back >= 0) & (back % dilation == 0) & (back // dilation < window))


def count_scores(mask):
    return len(mask[mask])


def layers_to_reach(distance, window):
    return 0 if distance == 0 else math.ceil(distance / (window - 1))
