"""
style: Loops that turn each pair by its position.
fails: [test_angle_of_every_pair, test_apply_rope_at_position_one, test_what_base_does]
"""

def rotation_matrix(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    rows = [[cos, -sin], [sin, cos]]
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    matrix = rotation_matrix(theta * position)
    return torch.mv(matrix, vector.to(torch.float64)).to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    seq_len, head_dim = x.shape[-2], x.shape[-1]
    if head_dim % 2 != 0:
        raise ValueError(f"head_dim must be even, got {head_dim}")
    if base <= 0:
        raise ValueError(f"base must be positive, got {base}")
    if len(positions) != seq_len:
        raise ValueError(f"{len(positions)} positions for seq_len {seq_len}")

    flat = x.reshape(-1, seq_len, head_dim)
    out = torch.empty_like(flat)
    for b in range(len(flat)):
        for t in range(seq_len):
            for i in range(0, head_dim, 2):
                out[b, t, i:i + 2] = rotate(flat[b, t, i:i + 2], positions[t].item(), 1.0)
    return out.reshape(x.shape)
