"""
style: One over a negative power, in a loop over the pairs.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_heads_of_twice_the_width, test_the_fastest_pair, test_what_base_does]
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

    out = torch.zeros_like(x)
    for i in range(head_dim // 2):
        theta_i = 1 / base ** (-2 * i / head_dim)
        angle = positions.double() * theta_i
        c, s = torch.cos(angle), torch.sin(angle)
        a, b = x[..., 2 * i].double(), x[..., 2 * i + 1].double()
        out[..., 2 * i] = (a * c - b * s).to(x.dtype)
        out[..., 2 * i + 1] = (a * s + b * c).to(x.dtype)
    return out
