"""
style: Both members are written into one copy of x.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_apply_rope_at_two_positions, test_length_of_every_pair, test_only_the_distance_counts, test_the_fastest_pair]
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

    theta = base ** (-torch.arange(0, head_dim, 2).double() / head_dim)
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    rotated = x.double().clone()
    rotated[..., 0::2] = cos * rotated[..., 0::2] - sin * rotated[..., 1::2]
    rotated[..., 1::2] = sin * rotated[..., 0::2] + cos * rotated[..., 1::2]
    return rotated.to(x.dtype)
