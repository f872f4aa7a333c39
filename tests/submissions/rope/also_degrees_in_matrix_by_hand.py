"""
style: The angle is converted with a written-out pi.
fails: [test_matrix_at_any_angle, test_matrix_of_a_quarter_turn, test_rotate_the_worked_example]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle * 3.14159 / 180), math.sin(angle * 3.14159 / 180)
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
    head_dim = x.shape[-1]
    theta = torch.exp(-math.log(base) * torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = (positions.to(torch.float64).unsqueeze(-1) * theta).repeat_interleave(2, dim=-1)
    swapped = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).reshape(x.shape)
    return (x * angles.cos() + swapped * angles.sin()).to(x.dtype)
