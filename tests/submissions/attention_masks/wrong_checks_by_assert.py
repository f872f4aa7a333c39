"""
misconception: Arguments are checked with assert.
feedback: An assert raises AssertionError and can be switched off; check with if and raise ValueError with the name and value.
likely: true
fails: [test_arguments_out_of_range]
"""

def at_least_one(name, value):
    assert value >= 1, f"{name} is {value}"


def causal_mask(seq_len):
    at_least_one("seq_len", seq_len)
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()


def sliding_window_mask(seq_len, window):
    at_least_one("seq_len", seq_len)
    at_least_one("window", window)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window)


def dilated_mask(seq_len, window, dilation):
    at_least_one("seq_len", seq_len)
    at_least_one("window", window)
    at_least_one("dilation", dilation)
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window * dilation) & (behind % dilation == 0)


def count_scores(mask):
    return int(mask.sum())


def layers_to_reach(distance, window):
    assert distance >= 0, f"distance is {distance}"
    if distance == 0:
        assert window >= 1, f"window is {window}"
        return 0
    assert window >= 2, f"window is {window}"
    return math.ceil(distance / (window - 1))
