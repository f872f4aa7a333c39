"""
misconception: Both new members are made with a minus.
feedback: 'A turn has one minus and one plus: first * sin + second * cos is the new second member.'
fails: [test_angle_of_every_pair, test_apply_rope_at_two_positions, test_heads_of_twice_the_width, test_length_of_every_pair, test_only_the_distance_counts, test_the_fastest_pair, test_where_positions_begin]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    turned = torch.view_as_complex(vector.double()) * complex(
        math.cos(position * theta), math.sin(position * theta)
    )
    return torch.view_as_real(turned).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2:]
    if head_dim % 2:
        raise ValueError(f"head_dim {head_dim}")
    if base <= 0:
        raise ValueError(f"base {base}")
    if len(positions) != seq_len:
        raise ValueError(f"positions {positions}")
    theta = base ** (-2 * torch.arange(head_dim // 2).double() / head_dim)
    a = positions.double()[:, None] * theta
    c, s = a.cos(), a.sin()
    f, g = x[..., ::2].double(), x[..., 1::2].double()
    return torch.stack([f * c - g * s, f * s - g * c], -1).flatten(-2).to(x.dtype)
