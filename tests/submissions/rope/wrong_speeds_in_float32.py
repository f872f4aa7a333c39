"""
misconception: 'Angles are computed in float32, whatever the dtype of x.'
feedback: 'A float32 angle of 1,000,000 radians is off by up to 0.03; let positions and speeds stay float64 until the result is there.'
likely: true
fails: [test_position_one_million]
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
    theta = base ** (-2 * torch.arange(x.shape[-1] // 2) / x.shape[-1])
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2].double(), x[..., 1::2].double()
    turned = torch.stack((cos * even - sin * odd, sin * even + cos * odd), dim=-1)
    return turned.flatten(-2).to(x.dtype)
