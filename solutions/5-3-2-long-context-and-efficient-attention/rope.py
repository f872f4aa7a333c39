# %% [markdown]
# ## 1. Rotary position embedding
#
# **Guided.** The code is laid out for you; you fill in one expression a line.
#
# A query and a key are only lists of numbers. How can their dot product know how far apart the two tokens stand, even at positions that the model never saw in training?
#
# The GPT block that you know adds a vector for the position to each token's embedding, once, before the first layer. GPT-2 has a table of 1,024 such vectors and none for the next position. Rotary position embedding (RoPE) has no table and adds nothing. In every layer it *turns* the queries and the keys, each by an angle that its position decides; the values stay as they are.
#
# Take heads that are 2 numbers wide. Let both the query and the key be $(1, 0)$, and turn each of them counter-clockwise by 0.3 radians for every position:
#
# | | position | angle | after turning |
# |---|---|---|---|
# | query | 3 | 0.9 | (0.622, 0.783) |
# | key | 7 | 2.1 | (-0.505, 0.863) |
#
# Their dot product was 1. Now it is $0.622 \cdot (-0.505) + 0.783 \cdot 0.863 = 0.362$. The positions got into it, and both vectors are as long as before. (A causal mask would hide the later of the two from the earlier one; the dot product is the same either way round.)
#
# A wider head is cut into pairs of neighbours: dimensions 0 and 1 are pair 0, dimensions 2 and 3 are pair 1, and so on. Each pair turns at a speed of its own. With `head_dim=8` and `base=10_000` the four speeds are 1, 0.1, 0.01 and 0.001 radians for every position.

# %% [raw]
# # BEGIN QUESTION
# name: rope

# %% [markdown]
# ### Predict before you run
# The query stands at position 3 and the key at position 7. Somebody puts 1,000 tokens in front of the text, so that they move to 1,003 and 1,007. Does their dot product change? Answer `"changes"` or `"stays"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_rope = "stays"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Counter-clockwise by an angle $\alpha$ means: $(1, 0)$ goes to $(\cos\alpha, \sin\alpha)$, and $(0, 1)$ goes to $(-\sin\alpha, \cos\alpha)$. For `apply_rope`, pair $i$ at position $m$ has the angle
#
# $$\alpha = m \cdot \text{base}^{-2i / \text{head\_dim}}$$
#
# Two traps. Python and torch measure angles in radians. And positions get large: at position 1,000,000 an angle in float32 can be off by 0.03 radians, which is why the angles are computed in float64 and only the result goes back to the dtype of `x`.

# %% [raw]
# # BEGIN SOLUTION

# %%
def rotation_matrix(angle):
    """The matrix that turns a column vector counter-clockwise.

    angle: in radians
    Returns a (2, 2) float64 tensor.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    # The two rows of the matrix, as nested lists. Its first COLUMN is where (1, 0) goes.
    rows = [[cos, -sin], [sin, cos]]  # SOLUTION
    return torch.tensor(rows, dtype=torch.float64)


def rotate(vector, position, theta):
    """Turn one pair of numbers to its position.

    vector: (2,)
    position: int, counted from 0
    theta: radians per position
    Returns (2,), in the dtype of vector.
    """
    # The angle for this position.
    angle = position * theta  # SOLUTION
    # Turn the vector with rotation_matrix; it is float64, so vector.double() goes with it.
    rotated = rotation_matrix(angle) @ vector.double()  # SOLUTION
    return rotated.to(vector.dtype)


def apply_rope(x, positions, base=10_000.0):
    """Turn every pair of neighbouring dimensions (2i, 2i+1) by positions * base**(-2i/head_dim).

    x: (..., seq_len, head_dim), any number of axes in front
    positions: (seq_len,) integers, in any order
    base: positive
    Returns a new tensor with the shape and the dtype of x.
    Raises ValueError for an odd head_dim, a base of 0 or less, or positions of another length
    than seq_len.
    """
    seq_len, head_dim = x.shape[-2:]
    # Three conditions, each True when all is well.
    head_dim_is_even = head_dim % 2 == 0  # SOLUTION
    base_is_positive = base > 0  # SOLUTION
    lengths_agree = len(positions) == seq_len  # SOLUTION
    if not head_dim_is_even:
        raise ValueError(f"head_dim = {head_dim} is not even")
    if not base_is_positive:
        raise ValueError(f"base = {base} is not positive")
    if not lengths_agree:
        raise ValueError(f"positions = {positions} does not have {seq_len} entries")

    pair = torch.arange(head_dim // 2, dtype=torch.float64)
    # Radians per position for every pair: (head_dim / 2,). Pair 0 has 1.
    theta = base ** (-2 * pair / head_dim)  # SOLUTION
    # Angle of every position and pair: (seq_len, head_dim / 2). Start from positions.double().
    angles = positions.double()[:, None] * theta  # SOLUTION
    cos, sin = angles.cos(), angles.sin()

    # First and second member of every pair: (..., seq_len, head_dim / 2), float64. A slice with a
    # step takes every other dimension.
    first = x[..., 0::2].double()  # SOLUTION
    second = x[..., 1::2].double()  # SOLUTION
    # The same turn as in rotation_matrix, for all pairs at once.
    new_first = cos * first - sin * second  # SOLUTION
    new_second = sin * first + cos * second  # SOLUTION
    # Put the two members of each pair side by side again: first, second, first, second, ...
    # (torch.stack on a new last axis, then flatten the last two axes into one.)
    rotated = torch.stack((new_first, new_second), dim=-1).flatten(-2)  # SOLUTION
    return rotated.to(x.dtype)

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_rope):
    assert prediction_rope in ("changes", "stays"), (
        f"prediction_rope is {prediction_rope!r}; choose 'changes' or 'stays'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_matrix_of_a_quarter_turn(rotation_matrix):
    import math
    import torch

    result = rotation_matrix(math.pi / 2)
    expected = [[0.0, -1.0], [1.0, 0.0]]
    message = f"rotation_matrix(math.pi / 2) returned {result!r}; expected about {expected}, float64"
    assert type(result) is torch.Tensor and tuple(result.shape) == (2, 2), message
    assert torch.allclose(result.double(), torch.tensor(expected).double(), atol=1e-6), message

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_rotate_the_worked_example(rotate):
    import torch

    for position, expected in ((3, [0.6216, 0.7833]), (7, [-0.5048, 0.8632])):
        result = rotate(torch.tensor([1.0, 0.0]), position, 0.3)
        message = (
            f"rotate(torch.tensor([1.0, 0.0]), {position}, 0.3) returned {result!r}; "
            f"expected about {expected}"
        )
        assert type(result) is torch.Tensor and tuple(result.shape) == (2,), message
        assert torch.allclose(result.double(), torch.tensor(expected).double(), atol=1e-3), message

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_apply_rope_at_position_one(apply_rope):
    import torch

    x = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    result = apply_rope(x, torch.tensor([1]), base=100.0)
    expected = [[0.5403, 0.8415, 0.9950, 0.0998]]
    message = (
        f"apply_rope(torch.tensor({x.tolist()}), torch.tensor([1]), base=100.0) "
        f"returned {result!r}; expected about {expected}"
    )
    assert type(result) is torch.Tensor and tuple(result.shape) == (1, 4), message
    assert torch.allclose(result.double(), torch.tensor(expected).double(), atol=1e-3), message

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The matrix turns counter-clockwise by an angle in radians, exact to float64.
""" # END TEST CONFIG
def test_matrix_at_any_angle(rotation_matrix):
    from reference import checks, rope as reference

    for angle in (0.0, 0.3, 1.0, 2.5, -0.7, 4.0, 100.25):
        # 1e-12: float64 rounding is 1e-16; a matrix made in float32 would be off by 1e-8.
        checks.close(rotation_matrix(angle), reference.rotation_matrix(angle), atol=1e-12)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: rotate turns the vector by position times theta, counted from position 0, in the same direction as rotation_matrix.
""" # END TEST CONFIG
def test_rotate_any_vector(rotate):
    from reference import rope as reference

    reference.check_rotate(rotate)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A pair is two neighbouring dimensions, 2i and 2i+1; turning one pair leaves the numbers of all others alone.
""" # END TEST CONFIG
def test_which_dimensions_belong_together(apply_rope):
    from reference import rope as reference

    for head_dim in (6, 10):
        reference.check_pairs(reference.images(apply_rope, 1, head_dim, base=30.0))

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Every pair has a speed of its own, and its angle is this speed times the position; look at the exponent of base again.
""" # END TEST CONFIG
def test_angle_of_every_pair(apply_rope):
    from reference import rope as reference

    for head_dim, base in ((2, 10_000.0), (8, 50.0), (12, 400.0)):
        reference.check_angles(apply_rope, head_dim, base)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The fastest pair is pair 0, with 1 radian for each position; all others are slower.
""" # END TEST CONFIG
def test_the_fastest_pair(apply_rope):
    from reference import rope as reference

    for head_dim, base in ((6, 2.0), (8, 3.0)):
        reference.check_fastest(apply_rope, head_dim, base)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Another base gives the later pairs another speed, and without one the base in the signature counts.
""" # END TEST CONFIG
def test_what_base_does(apply_rope):
    from reference import rope as reference

    reference.check_base_matters(apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: In a head twice as wide the exponents lie twice as close; look at what the exponent is divided by.
""" # END TEST CONFIG
def test_heads_of_twice_the_width(apply_rope):
    from reference import rope as reference

    image = reference.images(apply_rope, 1, 4, base=2.0)
    assert image.std(dim=0).max() > 0.1, "all vectors get the same"
    for head_dim in (4, 6):
        reference.check_twice_the_width(apply_rope, head_dim)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Positions count from 0, and at position 0 nothing turns.
""" # END TEST CONFIG
def test_where_positions_begin(apply_rope):
    from reference import rope as reference

    reference.check_position_zero(apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: In apply_rope the first member of a pair turns towards the second, which is counter-clockwise.
""" # END TEST CONFIG
def test_direction_of_the_pairs(apply_rope):
    from reference import rope as reference

    for head_dim, position in ((4, 1), (10, 1)):
        image = reference.images(apply_rope, position, head_dim, base=2.0)
        assert image.std(dim=0).max() > 0.1, "all vectors get the same"
        reference.check_direction(image)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A rotation changes no length; each pair must be as long after turning as before.
""" # END TEST CONFIG
def test_length_of_every_pair(apply_rope):
    from reference import rope as reference

    reference.check_lengths(apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Moving query and key by the same number of positions must leave their dot product alone, and moving one of them must not.
""" # END TEST CONFIG
def test_only_the_distance_counts(apply_rope):
    from reference import rope as reference

    for head_dim, seed in ((8, 1), (16, 2)):
        reference.check_relative(apply_rope, head_dim, seed)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Positions beyond 4,096 are ordinary ones; use them whole, neither rounded nor wrapped around.
""" # END TEST CONFIG
def test_positions_past_four_thousand(apply_rope):
    from reference import rope as reference

    # 5e-3: single-precision angles err by about 3e-4 here, and they have a test of their own.
    reference.check_far(apply_rope, (4097, 4099, 9001), atol=5e-3, seed=3)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: At large positions the angles need float64, whatever the dtype of x is.
""" # END TEST CONFIG
def test_position_one_million(apply_rope):
    from reference import rope as reference

    # 1e-5: a float32 result of size 3 rounds at 4e-7; single-precision angles err by 1e-2.
    reference.check_far(apply_rope, (1_000_000, 1_000_003, 777_777), atol=1e-5, seed=4)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Positions belong to the axis before the last; all axes in front of it (batch, heads) are treated alike.
""" # END TEST CONFIG
def test_axes_in_front(apply_rope):
    from reference import rope as reference

    image = reference.images(apply_rope, 1, 4, base=2.0)
    assert image.std(dim=0).max() > 0.1, "all vectors get the same"
    for shape in ((3, 5, 4), (2, 4, 4, 6), (1, 2, 3, 5, 2)):
        reference.check_leading_axes(apply_rope, shape)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: rotate and apply_rope give back the dtype that they were given, float32 or float64.
""" # END TEST CONFIG
def test_dtype_of_the_result(rotate, apply_rope):
    from reference import rope as reference

    image = reference.images(apply_rope, 1, 4, base=2.0)
    assert image.std(dim=0).max() > 0.1, "all vectors get the same"
    reference.check_dtype(rotate, apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Make a new tensor; what was passed in keeps its values.
""" # END TEST CONFIG
def test_inputs_keep_their_values(rotate, apply_rope):
    from reference import rope as reference

    image = reference.images(apply_rope, 1, 4, base=2.0)
    assert image.std(dim=0).max() > 0.1, "all vectors get the same"
    reference.check_inputs_kept(rotate, apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: An odd head_dim, a base of 0 or less, or positions of another length than seq_len is a ValueError that names the argument.
""" # END TEST CONFIG
def test_arguments_out_of_range(apply_rope):
    from reference import rope as reference

    reference.check_errors(apply_rope)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# The same query and the same key, both $(1, 0)$ before turning, at two places in the text. What differs between the circles, and what is equal?

# %%
def draw_pair_on_circle(ax, query_position, key_position, theta):
    """Unit circle with the turned query and key, and the angle from one to the other."""
    start = torch.tensor([1.0, 0.0])
    circle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(circle), np.sin(circle), color="#999999", linewidth=1)
    looks = {"query": (query_position, "#0072B2", "-"), "key": (key_position, "#D55E00", "--")}
    vectors = {}
    for name, (position, color, style) in looks.items():
        vectors[name] = rotate(start, position, theta).tolist()
        x, y = vectors[name]
        ax.plot([0, x], [0, y], color=color, linestyle=style, linewidth=2.5)
        ax.plot(x, y, "o", color=color, markersize=8)
        ax.annotate(f"{name}\nposition {position}", (1.42 * x, 1.26 * y), color=color,
                    ha="center", va="center", fontsize=9)
    begin = math.atan2(vectors["query"][1], vectors["query"][0])
    turn = (key_position - query_position) * theta
    arc = np.linspace(begin, begin + turn, 60)
    ax.plot(0.4 * np.cos(arc), 0.4 * np.sin(arc), color="black", linewidth=1.5)
    middle = begin + turn / 2
    ax.annotate(f"{turn:.1f} rad", (0.6 * math.cos(middle), 0.6 * math.sin(middle)),
                ha="center", va="center", fontsize=9)
    product = float(np.dot(vectors["query"], vectors["key"]))
    ax.set(title=f"dot product {product:.3f}", aspect="equal", xlim=(-1.9, 1.9),
           ylim=(-1.6, 1.6), xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlabel="first member of the pair")
    return product


def dot_product_if_added(query_position, key_position, theta):
    """The same with a vector for each position, (cos, sin) of its angle, added and not turned by."""
    start = torch.tensor([1.0, 0.0])
    query, key = (start + rotate(start, m, theta) for m in (query_position, key_position))
    return float(query @ key)


fig, axes = plt.subplots(1, 2, figsize=(8.6, 4.3), sharey=True)
try:
    near_start = draw_pair_on_circle(axes[0], 3, 7, theta=0.3)
    further_on = draw_pair_on_circle(axes[1], 100, 104, theta=0.3)
    added = [dot_product_if_added(m, m + 4, theta=0.3) for m in (3, 100)]
except Exception:
    plt.close(fig)
    print("Fill in rotation_matrix and rotate above, then run this cell again.")
else:
    axes[0].set_ylabel("second member of the pair")
    fig.tight_layout()
    plt.show()
    print(f"Turned: dot product at positions 3 and 7: {near_start:.6f}; at 100 and 104: {further_on:.6f}")
    print(f"With position vectors added instead: {added[0]:.6f}; at 100 and 104: {added[1]:.6f}")

# %% [markdown]
# Now a head of 64 dimensions, 32 pairs with 32 speeds. The query stands 0 to 60 positions after the key, first with the key at position 0, then with both moved far into the text.

# %%
def dot_products(query, key, distances, shift):
    """q . k for the key at position shift and the query at each distance after it."""
    queries = apply_rope(query.repeat(len(distances), 1), distances + shift)
    return queries @ apply_rope(key[None], torch.tensor([shift]))[0]


try:
    generator = torch.Generator().manual_seed(7)
    query = torch.randn(64, generator=generator, dtype=torch.float64)
    key = query + 0.5 * torch.randn(64, generator=generator, dtype=torch.float64)
    distances = torch.arange(61)
    lines = {shift: dot_products(query, key, distances, shift) for shift in (0, 1_000, 100_000)}
    largest = max((lines[shift] - lines[0]).abs().max().item() for shift in lines)
except Exception:
    print("Fill in apply_rope above, then run this cell again.")
else:
    fig, ax = plt.subplots(figsize=(8, 4))
    ax.plot(distances, lines[0], color="#0072B2", linewidth=2, label="0")
    ax.plot(distances[::4], lines[1_000][::4], "o", color="#D55E00", fillstyle="none",
            markersize=9, label="1,000")
    ax.plot(distances[2::4], lines[100_000][2::4], "x", color="black", markersize=7,
            label="100,000")
    ax.set(title="Dot product against distance, head_dim 64", ylabel="dot product of query and key",
           xlabel="distance: query position minus key position")
    ax.legend(title="key position")
    plt.show()
    low, high = lines[0].min(), lines[0].max()
    print(f"Dot products from {low:.0f} to {high:.0f}; largest difference that a shift makes: {largest:.1e}")

# %% [markdown]
# ### What you saw
# Each vector is turned by its own position, and a dot product only sees the angle between two vectors. So the place where the text begins cancels out and the distance stays. Added position vectors do not have this: multiplied out, their dot product has terms that hold one position alone, and those moved when the text moved. There is no table with one row for each position, and so no last row: 1,000,000 works like 3, as long as its angle is computed precisely enough. (Whether a model makes good use of a distance that it never met in training is another matter.) The fast pairs tell neighbours apart, the slow ones still tell 1,000 from 10,000.
