"""
style: cat instead of stack.
fails: [test_apply_rope_at_position_one, test_heads_of_twice_the_width, test_the_fastest_pair, test_what_base_does, test_where_positions_begin, test_which_dimensions_belong_together]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    turned = torch.view_as_complex(vector.double()) * complex(math.cos(position * theta), math.sin(position * theta))
    return torch.view_as_real(turned).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2:]
    if head_dim % 2:
        raise ValueError(f"head_dim = {head_dim} is not even")
    if base <= 0:
        raise ValueError(f"base = {base} is not positive")
    if len(positions) != seq_len:
        raise ValueError(f"positions = {positions} does not have {seq_len} entries")
    pair = torch.arange(head_dim // 2, dtype=torch.float64)
    theta = base ** (-2 * pair / head_dim)
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    first, second = x[..., 0::2].double(), x[..., 1::2].double()
    rotated = torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
    return rotated.to(x.dtype)
