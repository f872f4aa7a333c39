"""
style: sums of shifted identity matrices; count over the nonzero entries
prediction: '"same"'
"""


def at_least_one(**values):
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def causal_mask(seq_len):
    at_least_one(seq_len=seq_len)
    return ~torch.triu(torch.ones(seq_len, seq_len, dtype=torch.bool), diagonal=1)


def sliding_window_mask(seq_len, window):
    at_least_one(window=window)
    return causal_mask(seq_len) & torch.triu(torch.ones(seq_len, seq_len), diagonal=1 - window).bool()


def dilated_mask(seq_len, window, dilation):
    at_least_one(seq_len=seq_len, window=window, dilation=dilation)
    mask = torch.zeros(seq_len, seq_len)
    for back in range(0, min(window * dilation, seq_len), dilation):
        mask += torch.diag(torch.ones(seq_len - back), -back)
    return mask > 0


def count_scores(mask):
    return len(torch.nonzero(mask))


def layers_to_reach(distance, window):
    if distance < 0:
        raise ValueError(f"distance {distance} < 0")
    at_least_one(window=window)
    if distance == 0:
        return 0
    if window == 1:
        raise ValueError("window 1 moves nothing")
    return (distance - 1) // (window - 1) + 1
