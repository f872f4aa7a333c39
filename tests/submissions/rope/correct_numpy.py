"""
style: numpy arrays inside, tensors at the edges; cos and sin rounded to the dtype of x
"""


def rotation_matrix(angle):
    angle = float(angle)
    return torch.from_numpy(np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def rotate(vector, position, theta):
    x, y = vector.tolist()
    c, s = np.cos(position * theta), np.sin(position * theta)
    return torch.tensor([c * x - s * y, s * x + c * y], dtype=vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    if x.shape[-1] % 2:
        raise ValueError(f"head_dim {x.shape[-1]} is odd")
    if base <= 0:
        raise ValueError(f"base {base} must be positive")
    if len(positions) != x.shape[-2]:
        raise ValueError(f"positions {positions} must have seq_len entries")
    array = x.numpy()
    head_dim = array.shape[-1]
    theta = float(base) ** (-np.arange(0, head_dim, 2) / head_dim)
    angles = np.multiply.outer(positions.numpy().astype(np.float64), theta)
    cos, sin = np.cos(angles).astype(array.dtype), np.sin(angles).astype(array.dtype)
    out = np.empty_like(array)
    out[..., ::2] = array[..., ::2] * cos - array[..., 1::2] * sin
    out[..., 1::2] = array[..., ::2] * sin + array[..., 1::2] * cos
    return torch.from_numpy(out)
