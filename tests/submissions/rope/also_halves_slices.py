"""
style: Two slices and cat.
fails: [test_apply_rope_at_position_one, test_which_dimensions_belong_together]
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    turned = torch.view_as_complex(vector.double()) * complex(math.cos(position * theta), math.sin(position * theta))
    return torch.view_as_real(turned).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2:]
    if head_dim % 2 != 0:
        raise ValueError(f"head_dim = {head_dim} is not even")
    if base <= 0:
        raise ValueError(f"base = {base} is not positive")
    if len(positions) != seq_len:
        raise ValueError(f"positions = {positions} does not have {seq_len} entries")
    half = head_dim // 2
    theta = base ** (-2 * torch.arange(half, dtype=torch.float64) / head_dim)
    angles = positions.double()[:, None] * theta
    c, s = angles.cos(), angles.sin()
    a, b = x[..., :half].double(), x[..., half:].double()
    return torch.cat([a * c - b * s, a * s + b * c], dim=-1).to(x.dtype)
