"""
style: A slice of all positions says which keys.
fails: [test_every_token_sees_itself, test_keys_inside_the_window, test_ten_tokens_with_a_window, test_window_wider_than_the_text]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    pos = torch.arange(seq_len)
    return pos[None, :] <= pos[:, None]


def sliding_window_mask(seq_len, window):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    pos = torch.arange(seq_len)
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        keys = pos[query - window + 1 : query + 1]
        mask[query, keys] = True
    return mask


def dilated_mask(seq_len, window, dilation):
    if seq_len < 1:
        raise ValueError(f"seq_len must be at least 1, got {seq_len}")
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    if dilation < 1:
        raise ValueError(f"dilation must be at least 1, got {dilation}")
    pos = torch.arange(seq_len)
    diff = pos[:, None] - pos[None, :]
    return (diff >= 0) & (diff <= (window - 1) * dilation) & (diff % dilation == 0)


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must not be negative, got {distance}")
    if distance == 0:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
