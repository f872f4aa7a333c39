"""
style: The minus in the second row.
fails: [test_matrix_at_any_angle, test_matrix_of_a_quarter_turn]
"""


def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, sin], [-sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    turned = torch.view_as_complex(vector.double()) * complex(math.cos(position * theta), math.sin(position * theta))
    return torch.view_as_real(turned).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    if x.shape[-1] % 2:
        raise ValueError(f"head_dim {x.shape[-1]} is odd")
    if base <= 0:
        raise ValueError(f"base {base} must be positive")
    if len(positions) != x.shape[-2]:
        raise ValueError(f"positions {positions} must have seq_len entries")
    head_dim = x.shape[-1]
    theta = torch.tensor(base, dtype=torch.float64) ** -(torch.arange(0, head_dim, 2).double() / head_dim)
    angles = torch.outer(positions.double(), theta)
    pairs = torch.view_as_complex(x.double().reshape(*x.shape[:-1], head_dim // 2, 2))
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).reshape(x.shape).to(x.dtype)
