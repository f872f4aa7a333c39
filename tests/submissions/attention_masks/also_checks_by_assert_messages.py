"""
style: assert with messages, loops.
fails: [test_arguments_out_of_range]
"""

def causal_mask(seq_len):
    assert seq_len >= 1, f"seq_len is {seq_len}"
    return torch.ones(seq_len, seq_len).tril().bool()


def sliding_window_mask(seq_len, window):
    assert seq_len >= 1, f"seq_len is {seq_len}"
    assert window >= 1, f"window is {window}"
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        mask[query, max(0, query - window + 1) : query + 1] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    assert dilation >= 1, f"dilation is {dilation}"
    assert window >= 1, f"window is {window}"
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        for step in range(window):
            if query - step * dilation >= 0:
                mask[query, query - step * dilation] = True
    return mask


def count_scores(mask):
    return int(torch.count_nonzero(mask))


def layers_to_reach(distance, window):
    assert distance >= 0, f"distance is {distance}"
    if distance == 0:
        return 0
    assert window >= 2, f"window is {window}"
    return math.ceil(distance / (window - 1))
