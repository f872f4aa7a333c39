"""
misconception: The cosines and sines are added to x.
feedback: RoPE adds nothing to the vectors; each pair is multiplied by a rotation.
fights: additive_positions
likely: true
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_apply_rope_at_two_positions, test_heads_of_twice_the_width, test_length_of_every_pair, test_only_the_distance_counts, test_the_fastest_pair, test_what_base_does, test_where_positions_begin, test_which_dimensions_belong_together]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    return (rotation_matrix(position * theta) @ vector.double()).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    if x.shape[-1] % 2:
        raise ValueError(f"head_dim {x.shape[-1]} is odd")
    if base <= 0:
        raise ValueError(f"base {base} must be positive")
    if len(positions) != x.shape[-2]:
        raise ValueError(f"positions {positions} must have seq_len entries")
    theta = base ** (-2 * torch.arange(x.shape[-1] // 2).double() / x.shape[-1])
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2].double(), x[..., 1::2].double()
    turned = torch.stack((even + cos, odd + sin), dim=-1)
    return turned.flatten(-2).to(x.dtype)
