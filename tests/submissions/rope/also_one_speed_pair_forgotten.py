"""
style: The exponent does not have the pair in it.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_heads_of_twice_the_width, test_the_fastest_pair]
"""

def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, -sin], [sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    angle = position * theta
    rotated = rotation_matrix(angle) @ vector.double()
    return rotated.to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2:]
    head_dim_is_even = head_dim % 2 == 0
    base_is_positive = base > 0
    lengths_agree = len(positions) == seq_len
    if not head_dim_is_even:
        raise ValueError(f"head_dim = {head_dim} is not even")
    if not base_is_positive:
        raise ValueError(f"base = {base} is not positive")
    if not lengths_agree:
        raise ValueError(f"positions = {positions} does not have {seq_len} entries")

    theta = base ** (-2 / head_dim)
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()

    first = x[..., 0::2].double()
    second = x[..., 1::2].double()
    new_first = cos * first - sin * second
    new_second = sin * first + cos * second
    rotated = torch.stack((new_first, new_second), dim=-1).flatten(-2)
    return rotated.to(x.dtype)
