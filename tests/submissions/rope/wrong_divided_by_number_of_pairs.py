"""
misconception: 'The exponent is -2i divided by the number of pairs, head_dim / 2.'
feedback: 'The exponent of pair i is -2i / head_dim; divided by half of head_dim it is twice as large and the slow pairs hardly turn.'
likely: true
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one]
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
    theta = base ** (-2 * torch.arange(x.shape[-1] // 2).double() / (x.shape[-1] // 2))
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2].double(), x[..., 1::2].double()
    turned = torch.stack((cos * even - sin * odd, sin * even + cos * odd), dim=-1)
    return turned.flatten(-2).to(x.dtype)
