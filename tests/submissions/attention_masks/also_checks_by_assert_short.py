"""
style: assert without a message, positions compared.
fails: [test_arguments_out_of_range]
"""

def causal_mask(seq_len):
    assert seq_len > 0
    return torch.arange(seq_len)[None, :] <= torch.arange(seq_len)[:, None]


def sliding_window_mask(seq_len, window):
    assert seq_len > 0
    assert window > 0
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window)


def dilated_mask(seq_len, window, dilation):
    assert seq_len > 0
    assert window > 0
    assert dilation > 0
    behind = torch.arange(seq_len)[:, None] - torch.arange(seq_len)[None, :]
    return (behind >= 0) & (behind < window * dilation) & (behind % dilation == 0)


def count_scores(mask):
    return mask.sum().item()


def layers_to_reach(distance, window):
    assert distance >= 0
    assert window > 1 or distance == 0
    return -(-distance // (window - 1)) if distance else 0
