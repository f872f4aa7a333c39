"""
style: The rotate_half of the transformers library.
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
    head_dim = x.shape[-1]
    theta = torch.exp(-math.log(base) * torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = (positions.to(torch.float64).unsqueeze(-1) * theta).repeat(1, 2)
    half = head_dim // 2
    swapped = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return (x * angles.cos() + swapped * angles.sin()).to(x.dtype)
