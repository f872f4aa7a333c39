"""
style: a rotation matrix for every position and pair, applied by einsum
prediction: '"changes"'
"""


def rotation_matrix(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def rotate(vector, position, theta):
    return torch.einsum("ij,j->i", rotation_matrix(position * theta), vector.double()).type_as(vector)


def apply_rope(x, positions, base=10_000.0):
    if x.shape[-1] % 2:
        raise ValueError(f"head_dim {x.shape[-1]} is odd")
    if base <= 0:
        raise ValueError(f"base {base} must be positive")
    if len(positions) != x.shape[-2]:
        raise ValueError(f"positions {positions} must have seq_len entries")
    head_dim = x.shape[-1]
    matrices = torch.stack([
        torch.stack([rotation_matrix(m * base ** (-2 * i / head_dim)) for i in range(head_dim // 2)])
        for m in positions.tolist()
    ])
    pairs = x.double().unflatten(-1, (head_dim // 2, 2))
    return torch.einsum("spij,...spj->...spi", matrices, pairs).flatten(-2).to(x.dtype)
