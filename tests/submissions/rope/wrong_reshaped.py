"""
misconception: The leading axes are laid out in another order.
feedback: reshape keeps the order of the numbers in memory and swaps no axes; work with x[..., 0::2] and leave the axes in front alone.
fails: [test_axes_in_front]
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
    rows = x.double().reshape(x.shape[-2], -1, x.shape[-1]).transpose(0, 1)
    even, odd = rows[..., 0::2], rows[..., 1::2]
    turned = torch.stack((cos * even - sin * odd, sin * even + cos * odd), dim=-1)
    return turned.flatten(-2).reshape(x.shape).to(x.dtype)
