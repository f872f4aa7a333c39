"""
style: Positions compared, nothing checked.
fails: [test_arguments_out_of_range]
"""

def causal_mask(seq_len):
    return dilated_mask(seq_len, seq_len, 1)


def sliding_window_mask(seq_len, window):
    return dilated_mask(seq_len, window, 1)


def dilated_mask(seq_len, window, dilation):
    diff = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (diff >= 0) & (diff % dilation == 0) & (diff < window * dilation)


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    if distance == 0:
        return 0
    return -(-distance // (window - 1))
