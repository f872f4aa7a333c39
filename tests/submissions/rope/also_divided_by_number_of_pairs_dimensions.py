"""
style: Numbers of the first members over the number of pairs, with complex numbers.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one]
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

    num_pairs = head_dim // 2
    theta = base ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / num_pairs)
    angles = torch.outer(positions.double(), theta)
    z = torch.view_as_complex(x.double().reshape(*x.shape[:-1], num_pairs, 2))
    z = z * torch.exp(1j * angles)
    return torch.view_as_real(z).flatten(-2).to(x.dtype)
