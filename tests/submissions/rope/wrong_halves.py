"""
misconception: Dimension i is paired with dimension i + head_dim/2.
feedback: RoFormer turns neighbours, dimensions 2i and 2i+1, as one pair; pairing the two halves of the head is another layout.
likely: true
fails: [test_apply_rope_at_position_one, test_which_dimensions_belong_together]
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
    even, odd = x.double().chunk(2, dim=-1)
    turned = torch.cat((cos * even - sin * odd, sin * even + cos * odd), dim=-1)
    return turned.to(x.dtype)
