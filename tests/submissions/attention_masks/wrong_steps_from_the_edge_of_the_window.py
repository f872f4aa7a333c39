"""
misconception: The steps start at the far edge of a window of consecutive tokens.
feedback: The steps start at the query and go back; each of the window's entries is one step of dilation further away.
fails: [test_dilated_mask_of_a_longer_text, test_every_token_sees_itself, test_how_far_a_dilated_window_reaches, test_shortest_and_longest_steps, test_ten_tokens_dilated, test_where_the_steps_start, test_window_wider_than_the_text]
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    at_least_one(window=window)
    causal = causal_mask(seq_len)
    return causal & ~causal.tril(-window)


def dilated_mask(seq_len, window, dilation):
    for n, v in (("seq_len", seq_len), ("window", window), ("dilation", dilation)):
        if v < 1:
            raise ValueError(f"{n} is {v}")
    m = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for i in range(seq_len):
        for j in range(max(0, i - (window - 1)), i + 1, dilation):
            m[i, j] = True
    return m


def count_scores(mask):
    return torch.count_nonzero(mask)


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance must be 0 or more, got {distance}")
    if distance == 0 and window >= 1:
        return 0
    if window < 2:
        raise ValueError(f"window must be at least 2, got {window}")
    return math.ceil(distance / (window - 1))
