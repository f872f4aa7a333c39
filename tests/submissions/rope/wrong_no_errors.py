"""
misconception: Nothing is checked.
feedback: Check head_dim, base and the length of positions before computing, and raise ValueError with the name and value.
fails: [test_arguments_out_of_range]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    return (rotation_matrix(position * theta) @ vector.double()).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    theta = base ** (-2 * torch.arange(x.shape[-1] // 2).double() / x.shape[-1])
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2].double(), x[..., 1::2].double()
    turned = torch.stack((cos * even - sin * odd, sin * even + cos * odd), dim=-1)
    return turned.flatten(-2).to(x.dtype)
