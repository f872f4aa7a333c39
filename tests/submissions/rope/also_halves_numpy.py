"""
style: numpy, with the two halves of the last axis.
fails: [test_apply_rope_at_position_one, test_which_dimensions_belong_together]
"""

def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, -sin], [sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    angle = position * theta
    rotated = rotation_matrix(angle) @ vector.double()
    return rotated.to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2], x.shape[-1]
    if head_dim % 2 != 0:
        raise ValueError(f"head_dim must be even, got {head_dim}")
    if base <= 0:
        raise ValueError(f"base must be positive, got {base}")
    if len(positions) != seq_len:
        raise ValueError(f"{len(positions)} positions for seq_len {seq_len}")

    d = head_dim // 2
    a = x.detach().numpy().astype(np.float64)
    freq = 1.0 / base ** (np.arange(d) / d)
    angle = positions.numpy()[:, None] * freq[None, :]
    left, right = a[..., :d], a[..., d:]
    turned = np.concatenate([left * np.cos(angle) - right * np.sin(angle),
                             left * np.sin(angle) + right * np.cos(angle)], axis=-1)
    return torch.from_numpy(turned).to(x.dtype)
