"""
style: Loops over tokens and pairs that call rotate.
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
    head_dim = x.shape[-1]
    result = torch.empty_like(x)
    flat, out = x.reshape(-1, *x.shape[-2:]), result.view(-1, *x.shape[-2:])
    for batch in range(flat.shape[0]):
        for token, position in enumerate(positions.tolist()):
            for pair in range(head_dim // 2):
                theta = base ** (-pair / head_dim)
                place = slice(2 * pair, 2 * pair + 2)
                out[batch, token, place] = rotate(flat[batch, token, place], position, theta)
    return result
