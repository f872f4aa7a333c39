"""
style: Sines at the even places and cosines at the odd ones, as in the first transformer.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_apply_rope_at_two_positions, test_heads_of_twice_the_width, test_length_of_every_pair, test_only_the_distance_counts, test_the_fastest_pair, test_what_base_does, test_where_positions_begin, test_which_dimensions_belong_together]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    turned = torch.view_as_complex(vector.double()) * complex(math.cos(position * theta), math.sin(position * theta))
    return torch.view_as_real(turned).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2:]
    if head_dim % 2 == 1:
        raise ValueError(f"head_dim = {head_dim} is odd")
    if base <= 0:
        raise ValueError(f"base = {base} is not positive")
    if len(positions) != seq_len:
        raise ValueError(f"positions = {positions} has not {seq_len} entries")
    theta = torch.pow(torch.tensor(base, dtype=torch.float64), -torch.arange(0, head_dim, 2).double() / head_dim)

    angles = torch.outer(positions.double(), theta)
    encoding = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
    return (x.double() + encoding).to(x.dtype)
