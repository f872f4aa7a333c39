"""
style: numpy arrays of one axis.
fails: [test_apply_rope_at_two_positions, test_axes_in_front, test_every_row_has_its_own_position]
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

    theta = base ** (-2 * np.arange(head_dim // 2) / head_dim)
    angles = torch.from_numpy(positions.numpy() * theta)
    cos, sin = angles.cos(), angles.sin()
    first, second = x[..., ::2].double(), x[..., 1::2].double()
    new = torch.empty(x.shape, dtype=torch.float64)
    new[..., ::2] = cos * first - sin * second
    new[..., 1::2] = sin * first + cos * second
    return new.to(x.dtype)
