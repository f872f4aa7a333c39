"""
style: A swapped copy of x without its minus.
fails: [test_angle_of_every_pair, test_apply_rope_at_two_positions, test_length_of_every_pair, test_only_the_distance_counts]
"""

def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, -sin], [sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    matrix = rotation_matrix(theta * position)
    return torch.mv(matrix, vector.to(torch.float64)).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2], x.shape[-1]
    if head_dim % 2 != 0:
        raise ValueError(f"head_dim must be even, got {head_dim}")
    if base <= 0:
        raise ValueError(f"base must be positive, got {base}")
    if len(positions) != seq_len:
        raise ValueError(f"{len(positions)} positions for seq_len {seq_len}")

    theta = base ** (-2 * torch.arange(head_dim // 2, dtype=torch.float64) / head_dim)
    angles = (positions.double()[:, None] * theta).repeat_interleave(2, dim=-1)
    swapped = x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return (x * angles.cos() + swapped * angles.sin()).to(x.dtype)
