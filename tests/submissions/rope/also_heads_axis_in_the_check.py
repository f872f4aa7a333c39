"""
style: Only the check takes the first axis for the sequence; the rotation is right.
fails: [test_axes_in_front]
"""


def rotation_matrix(angle):
    return torch.tensor(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]],
        dtype=torch.float64,
    )


def rotate(vector, position, theta):
    turned = rotation_matrix(position * theta) @ vector.to(torch.float64)
    return turned.to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    head_dim = x.shape[-1]
    if head_dim % 2 == 1:
        raise ValueError(f"head_dim must be even, got {head_dim}")
    if not base > 0:
        raise ValueError(f"base must be positive, got {base}")
    if len(x) != len(positions):
        raise ValueError(f"positions has {len(positions)} entries for {len(x)} tokens")
    pairs = x.double().unflatten(-1, (head_dim // 2, 2))
    theta = base ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = torch.outer(positions.double(), theta)
    turned = torch.empty_like(pairs)
    turned[..., 0] = angles.cos() * pairs[..., 0] - angles.sin() * pairs[..., 1]
    turned[..., 1] = angles.sin() * pairs[..., 0] + angles.cos() * pairs[..., 1]
    return turned.reshape(x.shape).to(x.dtype)
