"""
style: torch.tensor of a list of speeds.
fails: [test_position_one_million]
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

    theta = torch.tensor([base ** (-2 * i / head_dim) for i in range(head_dim // 2)])
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    first, second = x[..., 0::2].double(), x[..., 1::2].double()
    rotated = torch.stack((cos * first - sin * second, sin * first + cos * second), dim=-1)
    return rotated.flatten(-2).to(x.dtype)
