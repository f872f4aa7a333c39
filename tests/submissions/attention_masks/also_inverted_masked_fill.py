"""
style: Masks as masked_fill wants them, True for what is hidden.
fails: [test_every_token_sees_itself, test_four_tokens, test_nothing_after_the_query, test_ten_tokens_dilated, test_ten_tokens_with_a_window]
"""

def causal_mask(seq_len):
    if seq_len < 1:
        raise ValueError(f"seq_len has to be positive but is {seq_len}")
    return torch.triu(torch.ones(seq_len, seq_len, dtype=torch.bool), diagonal=1)


def sliding_window_mask(seq_len, window):
    if window < 1:
        raise ValueError(f"window has to be positive but is {window}")
    future = causal_mask(seq_len)
    too_far = torch.tril(torch.ones(seq_len, seq_len, dtype=torch.bool), diagonal=-window)
    return future | too_far


def dilated_mask(seq_len, window, dilation):
    for name, value in (("seq_len", seq_len), ("window", window), ("dilation", dilation)):
        if value < 1:
            raise ValueError(f"{name} has to be positive but is {value}")
    hidden = torch.ones(seq_len, seq_len, dtype=torch.bool)
    for back in range(0, window * dilation, dilation):
        for query in range(back, seq_len):
            hidden[query, query - back] = False
    return hidden


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance cannot be negative but is {distance}")
    if distance == 0:
        return 0
    if window <= 1:
        raise ValueError(f"window has to be 2 or more but is {window}")
    return (distance + window - 2) // (window - 1)
