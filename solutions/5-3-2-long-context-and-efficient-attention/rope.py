# %% [markdown]
# ## 1. Rotary position embedding
#
# **Guided.** The code is laid out for you; you fill in one expression per line.
#
# A query and a key are only lists of numbers. How can their dot product know anything about where the two tokens stand?
#
# The GPT block that you know adds a vector for the position to each token's embedding, once, before the first layer. GPT-2 has a table of 1,024 such vectors and none for the next position. Rotary position embedding (RoPE) has no table and adds nothing. In every layer it *turns* the queries and the keys, each by an angle that its position decides; the values stay as they are.
#
# Take heads that are 2 numbers wide. Let both the query and the key be $(1, 0)$, and turn each of them counter-clockwise by 0.3 radians per position. The query's token comes after the key's, since a causal mask hides what comes later:
#
# | | position | angle | after turning |
# |---|---|---|---|
# | query | 7 | 2.1 | (-0.505, 0.863) |
# | key | 3 | 0.9 | (0.622, 0.783) |
#
# Their dot product was 1. Now it is $-0.505 \cdot 0.622 + 0.863 \cdot 0.783 = 0.362$. The positions got into it, and both vectors are as long as before.
#
# A wider head is cut into pairs of neighbours: dimensions 0 and 1 are pair 0, dimensions 2 and 3 are pair 1, and so on. Each pair turns at a speed of its own. With `head_dim=8` and `base=10_000` the four speeds are 1, 0.1, 0.01 and 0.001 radians per position.

# %% [raw]
# # BEGIN QUESTION
# name: rope

# %% [markdown]
# ### Predict before you run
# The query stands at position 7 and the key at position 3. Somebody puts 1,000 tokens in front of the text, so that they move to 1,007 and 1,003. Does their dot product change? Answer `"changes"` or `"stays"`.

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
# Two traps. Python and torch measure angles in radians. And positions get large: at position 1,000,000 an angle in float32 can be off by several hundredths of a radian, which is why the angles are computed in float64 and only the result goes back to the dtype of `x`: float32 in, float32 out, and float64 in, float64 out.
#
# If you look RoPE up you will meet code that pairs dimension $i$ with $i + \text{head\_dim}/2$ (LLaMA in the transformers library). That is the same idea with the dimensions in another order; here neighbours are paired, as in the paper.

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
    # Three conditions, each True when something is wrong.
    head_dim_is_odd = head_dim % 2 != 0  # SOLUTION
    base_is_too_small = base <= 0  # SOLUTION
    lengths_differ = len(positions) != seq_len  # SOLUTION
    if head_dim_is_odd:
        raise ValueError(f"head_dim = {head_dim} is not even")
    if base_is_too_small:
        raise ValueError(f"base = {base} is not positive")
    if lengths_differ:
        raise ValueError(f"positions = {positions} does not have {seq_len} entries")

    pair = torch.arange(head_dim // 2, dtype=torch.float64)
    # Radians per position for every pair: (head_dim / 2,). Pair 0 has 1.
    theta = base ** (-2 * pair / head_dim)  # SOLUTION
    # Angle of every position and pair: (seq_len, head_dim / 2). Start from positions.double() and
    # give it an axis at the end, so that every position meets every theta.
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
    said = "still `...`" if prediction_rope is ... else repr(prediction_rope)
    assert prediction_rope in ("changes", "stays"), (
        f"prediction_rope is {said}; choose 'changes' or 'stays'."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_matrix_of_a_quarter_turn(rotation_matrix):
    import math
    import torch

    try:
        result = rotation_matrix(math.pi / 2)
    except Exception as error:
        assert "llipsis" not in str(error), "rotation_matrix still has a `...` to fill in."
        raise
    call, expected = "rotation_matrix(math.pi / 2)", [0.0, -1.0, 1.0, 0.0]
    assert type(result) is torch.Tensor, f"{call} returned {described(result)}; expected a tensor."
    shape = tuple(result.shape)
    assert shape == (2, 2), f"{call} returned shape {shape}; expected (2, 2)."
    came = [round(value, 4) for value in result.flatten().tolist()]
    assert all(abs(value - right) < 1e-4 for value, right in zip(came, expected)), (
        f"{call} returned {[came[:2], came[2:]]}; expected [[0, -1], [1, 0]], so that (1, 0) goes "
        "to (0, 1) and (0, 1) goes to (-1, 0)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_rotate_the_worked_example(rotate):
    import torch

    for position, expected in ((7, [-0.5048, 0.8632]), (3, [0.6216, 0.7833])):
        try:
            result = rotate(torch.tensor([1.0, 0.0]), position, 0.3)
        except Exception as error:
            message = "rotate or rotation_matrix still has a `...` to fill in."
            assert "llipsis" not in str(error), message
            raise
        call = f"rotate(torch.tensor([1.0, 0.0]), {position}, 0.3)"
        assert type(result) is torch.Tensor, f"{call} returned {described(result)}; expected a tensor."
        shape = tuple(result.shape)
        assert shape == (2,), f"{call} returned shape {shape}; expected (2,)."
        came = [round(value, 4) for value in result.tolist()]
        assert all(abs(value - right) < 1e-3 for value, right in zip(came, expected)), (
            f"{call} returned {came}; expected about {expected}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_apply_rope_at_position_one(apply_rope):
    import torch

    try:
        result = apply_rope(torch.tensor([[1.0, 0.0, 1.0, 0.0]]), torch.tensor([1]), base=100.0)
    except Exception as error:
        assert "llipsis" not in str(error), "apply_rope still has a `...` to fill in."
        assert type(error) is not ValueError, (
            f"apply_rope raised ValueError: {error}; expected none here. Is one of the three conditions "
            "still `...`, or the wrong way round?"
        )
        raise
    call = "apply_rope(torch.tensor([[1.0, 0.0, 1.0, 0.0]]), torch.tensor([1]), base=100.0)"
    expected = [0.5403, 0.8415, 0.9950, 0.0998]
    assert type(result) is torch.Tensor, f"{call} returned {described(result)}; expected a tensor."
    shape = tuple(result.shape)
    assert shape == (1, 4), f"{call} returned shape {shape}; expected (1, 4)."
    came = [round(value, 4) for value in result[0].tolist()]
    assert all(abs(value - right) < 1e-3 for value, right in zip(came, expected)), (
        f"{call} returned {[came]}; expected about {[expected]}: pair 0 turned by 1 radian and "
        "pair 1 by 0.1."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_apply_rope_at_two_positions(apply_rope):
    import torch

    try:
        rows = apply_rope(torch.ones(2, 4), torch.tensor([7, 3]), base=1.0)
    except Exception as error:
        assert "llipsis" not in str(error), "apply_rope still has a `...` to fill in."
        assert type(error) is not ValueError, (
            f"apply_rope raised ValueError: {error}; expected none here. Is one of the three conditions "
            "still `...`, or the wrong way round?"
        )
        raise
    call = "apply_rope(torch.ones(2, 4), torch.tensor([7, 3]), base=1.0)"
    assert type(rows) is torch.Tensor, f"{call} returned {described(rows)}; expected a tensor."
    shape = tuple(rows.shape)
    assert shape == (2, 4), f"{call} returned shape {shape}; expected (2, 4)."
    product = round(float(rows[0] @ rows[1]), 4)
    assert abs(product + 2.6146) < 1e-3, (
        f"{call} returned two rows with the dot product {product}; expected about -2.6146. With "
        "base 1 every pair turns by 1 radian per position, the rows stand 4 positions apart, and "
        "each of the two pairs adds 2 * cos(4)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
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
points: 0.25
hidden: true
failure_message: rotate multiplies its vector by the rotation_matrix of one angle, which is position times theta.
""" # END TEST CONFIG
def test_rotate_any_vector(rotate, rotation_matrix):
    from reference import rope as reference

    reference.check_rotate(rotate, rotation_matrix)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A pair is two neighbouring dimensions, 2i and 2i+1; turning one pair leaves the numbers of all others alone.
""" # END TEST CONFIG
def test_which_dimensions_belong_together(apply_rope):
    from reference import rope as reference

    for head_dim in (6, 8):
        reference.check_pairs(reference.images(apply_rope, 1, head_dim, base=2.0))

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Every pair turns slower than pair 0 by a factor of its own; look at the exponent of base again.
""" # END TEST CONFIG
def test_angle_of_every_pair(apply_rope):
    from reference import rope as reference

    for head_dim, base in ((4, 7.0), (6, 50.0), (10, 400.0)):
        reference.check_speeds(apply_rope, head_dim, base)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The fastest pair is pair 0, with 1 radian per position; all others are slower.
""" # END TEST CONFIG
def test_the_fastest_pair(apply_rope):
    from reference import rope as reference

    for head_dim, base in ((4, 3.0), (6, 2.0)):
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

    for head_dim in (2, 6):
        reference.check_twice_the_width(apply_rope, head_dim)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Positions count from 0, and at position 0 nothing turns.
""" # END TEST CONFIG
def test_where_positions_begin(apply_rope):
    from reference import rope as reference

    reference.check_position_zero(apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: In apply_rope the first member of a pair turns towards the second, which is counter-clockwise.
""" # END TEST CONFIG
def test_direction_of_the_pairs(apply_rope):
    from reference import rope as reference

    for head_dim in (4, 6):
        reference.check_direction(reference.images(apply_rope, 1, head_dim, base=2.0))

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
points: 1
hidden: true
failure_message: Moving query and key by the same number of positions must leave their dot product alone, and moving one of them must not.
""" # END TEST CONFIG
def test_only_the_distance_counts(apply_rope):
    from reference import rope as reference

    for head_dim, seed in ((8, 1), (16, 2)):
        reference.check_relative(apply_rope, head_dim, seed)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Each row is turned by the position given for it, whatever the other rows and their positions are.
""" # END TEST CONFIG
def test_every_row_has_its_own_position(apply_rope):
    from reference import rope as reference

    reference.check_rows(apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Positions beyond 4,096 are ordinary ones; use them whole, neither rounded nor wrapped around.
""" # END TEST CONFIG
def test_positions_past_four_thousand(apply_rope):
    from reference import rope as reference

    # 0.02: single-precision angles err by about 1e-3 here, and they have a test of their own.
    near, far = (1, 4, 10, 19), (4094, 4097, 4099, 9001)
    reference.check_as_right_far_away(apply_rope, near, far, atol=0.02)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: At large positions the angles need float64, whatever the dtype of x is.
""" # END TEST CONFIG
def test_position_one_million(apply_rope):
    from reference import rope as reference

    # 1e-3: float32 results round at 5e-7; single-precision angles err by more than 1e-2.
    near, far = (4097, 4099, 5003, 9001), (999_998, 1_000_001, 1_000_003)
    reference.check_as_right_far_away(apply_rope, near, far, atol=1e-3)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Positions belong to the axis before the last; all axes in front of it (batch, heads) are treated alike.
""" # END TEST CONFIG
def test_axes_in_front(apply_rope):
    from reference import rope as reference

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

    reference.check_dtype(rotate, apply_rope)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Make a new tensor; what was passed in keeps its values.
""" # END TEST CONFIG
def test_inputs_keep_their_values(rotate, apply_rope):
    from reference import rope as reference

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
# The same key and the same query, both $(1, 0)$ before turning, at two places in the text. What differs between the circles, and what is equal?

# %%
def turned(position, theta):
    """What rotate makes of (1, 0), as two numbers."""
    result = rotate(torch.tensor([1.0, 0.0]), position, theta)
    if not hasattr(result, "shape") or tuple(result.shape) != (2,):
        raise TypeError(f"rotate returned {described(result)}; expected a tensor of shape (2,)")
    return torch.as_tensor(result).tolist()


def draw_pair_on_circle(ax, key_position, query_position, theta):
    """Unit circle with the turned key and query, and the angle from one to the other."""
    circle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(circle), np.sin(circle), color="#999999", linewidth=1)
    key, query = turned(key_position, theta), turned(query_position, theta)
    for name, position, (x, y), color, style in (("key", key_position, key, "#D55E00", "--"),
                                                 ("query", query_position, query, "#0072B2", "-")):
        ax.plot([0, x], [0, y], color=color, linestyle=style, linewidth=2.5)
        ax.plot(x, y, "o", color=color, markersize=8)
        ax.annotate(f"{name}\nposition {position}", (1.5 * x, 1.3 * y), color=color,
                    ha="center", va="center", fontsize=9)
    begin = math.atan2(key[1], key[0])
    turn = math.remainder(math.atan2(query[1], query[0]) - begin, 2 * math.pi)
    arc = np.linspace(begin, begin + turn, 60)
    ax.plot(0.4 * np.cos(arc), 0.4 * np.sin(arc), color="black", linewidth=1.5)
    ax.annotate(f"{turn:.2f} rad", (0.7 * math.cos(begin + turn / 2), 0.62 * math.sin(begin + turn / 2)),
                ha="center", va="center", fontsize=9)
    product = query[0] * key[0] + query[1] * key[1]
    ax.set(title=f"dot product {product:.3f}", aspect="equal", xlim=(-2.3, 2.3), ylim=(-1.7, 1.7),
           xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlabel="first member of the pair")
    return (f"Key at {key_position} points to ({key[0]:.2f}, {key[1]:.2f}), query at {query_position} to "
            f"({query[0]:.2f}, {query[1]:.2f}): lengths {math.hypot(*key):.3f} and {math.hypot(*query):.3f}, "
            f"{turn:.2f} rad from key to query, dot product {product:.6f}")


def dot_product_if_added(key_position, query_position, theta):
    """The same with a vector for each position, (1, 0) turned to it, added and not turned by."""
    key, query = ([1 + x, y] for x, y in (turned(m, theta) for m in (key_position, query_position)))
    return query[0] * key[0] + query[1] * key[1]


with look("rotation_matrix", "rotate"):
    fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
    said = [draw_pair_on_circle(ax, m, m + 4, theta=0.3) for ax, m in zip(axes, (3, 100), strict=True)]
    added = [dot_product_if_added(m, m + 4, theta=0.3) for m in (3, 100)]
    axes[0].set_ylabel("second member of the pair")
    fig.tight_layout()
    plt.show()
    print("\n".join(said))
    print(f"With position vectors added instead: dot product {added[0]:.6f} at 3 and 7, {added[1]:.6f} at 100 and 104")

# %% [markdown]
# Now a head of 64 dimensions, 32 pairs with 32 speeds. The query stands 0 to 60 positions after the key, first with the key at position 0, then with both moved far into the text.

# %%
def dot_products(query, key, distances, shift):
    """q . k for the key at position shift and the query at each distance after it."""
    rows = torch.cat((key[None], query.repeat(len(distances), 1)))
    turned_rows = apply_rope(rows, torch.cat((torch.tensor([shift]), distances + shift)))
    if not hasattr(turned_rows, "shape") or tuple(turned_rows.shape) != tuple(rows.shape):
        wanted = f"a tensor of shape {tuple(rows.shape)}"
        raise TypeError(f"apply_rope returned {described(turned_rows)}; expected {wanted}")
    turned_rows = torch.as_tensor(turned_rows).double()
    return turned_rows[1:] @ turned_rows[0]


def describe_curve(line):
    """The curve in words: how it falls on average, and where it turns on the way."""
    parts = ((0, 20), (20, 40), (40, 61))
    print("Mean dot product, key at position 0:",
          "; ".join(f"{line[a:b].mean():.0f} at distances {a} to {b - 1}" for a, b in parts))
    rises = [after > before for before, after in zip(line, line[1:])]
    turns = [d for d in range(1, len(rises)) if rises[d] != rises[d - 1]]
    print(f"From {line[0]:.0f} at distance 0 it turns {len(turns)} times" + (", first at " + "; ".join(
        f"distance {d}: {line[d]:.0f}" for d in turns[:6]) if turns else ""))


with look("apply_rope"):
    generator = torch.Generator().manual_seed(7)
    query = torch.randn(64, generator=generator, dtype=torch.float64)
    key = query + 0.5 * torch.randn(64, generator=generator, dtype=torch.float64)
    distances = torch.arange(61)
    lines = {shift: dot_products(query, key, distances, shift) for shift in (0, 1_000, 100_000)}
    largest = max((lines[shift] - lines[0]).abs().max().item() for shift in lines)
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
    describe_curve(lines[0])
    print(f"Moving both to 1,000 or 100,000 changes a dot product by at most {largest:.1e}:",
          "the three agree." if largest < 0.01 else "the three do not agree.")
    print("Your prediction for the move by 1,000:", predicted("rope"))

# %% [markdown]
# ### What you saw
# Each vector is turned by its own position, and the dot product of two vectors sees nothing but their lengths, which turning leaves alone, and the angle between them. Putting 1,000 tokens in front turns both by the same amount, so the angle between them, and with it the dot product, stays. Added position vectors do not have this: multiplied out, $(q + p_m) \cdot (k + p_n) = q \cdot k + q \cdot p_n + p_m \cdot k + p_m \cdot p_n$ has two terms that hold one position alone, and those moved when the text moved.
#
# Why does the curve fall, and in waves? This key is much like its query, so at distance 0 nearly all 32 pairs add something positive. The four fastest pairs turn all the way round within 6 to 15 positions: what they add goes below zero and comes back. Those are the waves. The next pairs turn away more slowly, and what they lose makes the fall, while the slower half has hardly moved after 60 positions. So the fast pairs tell neighbours apart, and the slow ones still tell 1,000 from 10,000.
#
# There is no table with one row for each position, and so no last row: 1,000,000 works like 3, as long as its angle is computed precisely enough. (Whether a model makes good use of a distance that it never met in training is another matter.)
