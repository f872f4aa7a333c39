"""
style: torch.matmul with the vector in front.
fails: [test_rotate_any_vector, test_rotate_the_worked_example]
"""

def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, -sin], [sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    angle = position * theta
    rotated = torch.matmul(vector.double(), rotation_matrix(angle))
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

    pair = torch.arange(head_dim // 2, dtype=torch.float64)
    theta = base ** (-2 * pair / head_dim)
    angles = positions.double()[:, None] * theta
    cos, sin = angles.cos(), angles.sin()

    first = x[..., 0::2].double()
    second = x[..., 1::2].double()
    new_first = cos * first - sin * second
    new_second = sin * first + cos * second
    rotated = torch.stack((new_first, new_second), dim=-1).flatten(-2)
    return rotated.to(x.dtype)
