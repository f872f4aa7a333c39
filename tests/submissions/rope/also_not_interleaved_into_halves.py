"""
style: The new members go to the two halves of an empty tensor.
fails: [test_apply_rope_at_position_one, test_heads_of_twice_the_width, test_the_fastest_pair, test_what_base_does, test_where_positions_begin, test_which_dimensions_belong_together]
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

    half = head_dim // 2
    speeds = torch.tensor([base ** (-2 * i / head_dim) for i in range(half)], dtype=torch.float64)
    angles = positions.double()[:, None] * speeds
    even, odd = x[..., 0::2].double(), x[..., 1::2].double()
    result = torch.zeros(x.shape, dtype=torch.float64)
    result[..., :half] = even * angles.cos() - odd * angles.sin()
    result[..., half:] = even * angles.sin() + odd * angles.cos()
    return result.to(x.dtype)
