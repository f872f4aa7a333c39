# %% [markdown]
# ## 3. Grouped-query attention
# **Supported.** You write three functions; the hints below say where to look.
#
# LLaMA 2 70B has 64 query heads in each layer, and they read only 8 sets of keys and values. Does
# its attention then have 64 heads or 8?
#
# Why share at all? A model that writes one token after another needs the keys and values of all
# earlier tokens again at each new one. It keeps them instead of computing them anew: this store is
# the *KV cache*. Queries are needed once and are not kept.
#
# A small case to follow by hand: 4 query heads, 2 key/value heads (KV heads), heads 2 numbers wide.
# Query heads 0 and 1 read KV head 0; query heads 2 and 3 read KV head 1. Take query head 1 with the
# query $(1, 2)$. KV head 0 holds the keys $(3, 1)$ and $(1, 0)$ for tokens 0 and 1. The products are
# $5$ and $1$. Divided by $\sqrt 2$ they are $3.54$ and $0.71$, and the softmax turns them into
# $0.944$ and $0.056$. Query head 0 looks at **the same keys** with a query of its own, so it gets
# other weights.

# %% [raw]
# # BEGIN QUESTION
# name: grouped_query_attention

# %% [markdown]
# ### Predict before you run
# The layer of this exercise has 16 tokens, `d_model=64` and 8 query heads of width 8. We replace its
# 8 KV heads (multi-head attention, MHA) by 2. Write three whole numbers,
# `(rows, columns, times_smaller)`: the rows and columns of the layer's output, and how many times
# smaller the cache of keys and values is than with MHA.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_grouped_query_attention = (16, 64, 4)  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# `grouped_query_attention` is the attention that you know from the GPT block, with fewer KV heads
# than query heads. The other two functions count what that saves.
#
# - Read `head_dim` off `w_q` and `num_heads`. It need not be `d_model // num_heads`.
# - Bring the queries into the shape `(num_heads, num_tokens, head_dim)`, and keys and values into
#   `(num_kv_heads, num_tokens, head_dim)`. In each matrix the columns of one head lie side by side.
# - With 12 query heads and 3 KV heads, write down which KV head each of the 12 reads. Then compare
#   `torch.repeat_interleave` with `torch.Tensor.repeat`: only one gives your list.
# - From there on it is ordinary causal attention, head by head. Last of all, join the heads of each
#   token in order and multiply by `w_o`.
# - Check the shapes of the matrices first: `ValueError`, with the name and the value of what is
#   wrong.

# %% [raw]
# # BEGIN SOLUTION

# %%
def grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    """Causal attention in which groups of query heads share keys and values.

    hidden_states: (num_tokens, d_model)
    w_q:           (d_model, num_heads * head_dim)
    w_k, w_v:      (d_model, num_kv_heads * head_dim)
    w_o:           (num_heads * head_dim, d_model)
    returns:       (num_tokens, d_model)

    Query head h reads KV head h // (num_heads // num_kv_heads). No bias.

    ValueError: num_heads is not a multiple of num_kv_heads, or a matrix has another number of rows
    or columns than the shapes above say.
    """
    # BEGIN SOLUTION
    if num_heads % num_kv_heads != 0:
        raise ValueError(f"num_heads={num_heads} is not a multiple of num_kv_heads={num_kv_heads}")
    num_tokens, d_model = hidden_states.shape
    head_dim = w_q.shape[1] // num_heads
    width, kv_width = num_heads * head_dim, num_kv_heads * head_dim
    for name, matrix, shape in [
        ("w_q", w_q, (d_model, width)),
        ("w_k", w_k, (d_model, kv_width)),
        ("w_v", w_v, (d_model, kv_width)),
        ("w_o", w_o, (width, d_model)),
    ]:
        if tuple(matrix.shape) != shape:
            raise ValueError(f"{name} has shape {tuple(matrix.shape)}, it should be {shape}")

    def split(projected, count):
        return projected.reshape(num_tokens, count, head_dim).permute(1, 0, 2)

    group_size = num_heads // num_kv_heads
    queries = split(hidden_states @ w_q, num_heads)
    keys = split(hidden_states @ w_k, num_kv_heads).repeat_interleave(group_size, dim=0)
    values = split(hidden_states @ w_v, num_kv_heads).repeat_interleave(group_size, dim=0)

    scores = queries @ keys.mT / math.sqrt(head_dim)
    future = torch.ones(num_tokens, num_tokens, dtype=torch.bool).triu(diagonal=1)
    weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)
    joined = (weights @ values).permute(1, 0, 2).reshape(num_tokens, width)
    return joined @ w_o
    # END SOLUTION


def kv_cache_elements(num_tokens, num_kv_heads, head_dim):
    """How many numbers (int) one layer's cache holds: the keys and values of all tokens."""
    # BEGIN SOLUTION
    return 2 * num_tokens * num_kv_heads * head_dim
    # END SOLUTION


def kv_projection_parameters(d_model, num_kv_heads, head_dim):
    """How many weights (int) W_k and W_v have together. No bias."""
    # BEGIN SOLUTION
    return 2 * d_model * num_kv_heads * head_dim
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_grouped_query_attention):
    prediction = prediction_grouped_query_attention
    assert isinstance(prediction, (tuple, list)), (
        f"prediction_grouped_query_attention is {prediction!r}; "
        "write three numbers: (rows, columns, times_smaller)"
    )
    numbers = [value for value in prediction if isinstance(value, (int, float)) and value > 0]
    assert len(prediction) == 3 and len(numbers) == 3, (
        f"prediction_grouped_query_attention is {prediction!r}; "
        "write three positive numbers: (rows, columns, times_smaller)"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_output_shape(grouped_query_attention):
    import torch

    draw = torch.Generator().manual_seed(0)
    hidden_states = torch.randn(16, 64, generator=draw)
    w_q, w_o = (torch.randn(64, 64, generator=draw) / 8 for _ in range(2))
    w_k, w_v = (torch.randn(64, 16, generator=draw) / 8 for _ in range(2))
    output = grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, 8, 2)
    call = "grouped_query_attention with 16 tokens, d_model 64, 8 query heads and 2 KV heads"
    assert hasattr(output, "shape"), f"{call} returned {output!r}; expected a tensor"
    assert tuple(output.shape) == (16, 64), (
        f"{call} returned shape {tuple(output.shape)}; expected (16, 64)"
    )
    bad = int((~torch.isfinite(torch.as_tensor(output))).sum())
    assert bad == 0, f"{call} returned {bad} entries that are NaN or infinite; expected none"

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_last_token_changes_only_its_own_row(grouped_query_attention):
    import torch

    draw = torch.Generator().manual_seed(1)
    hidden_states = torch.randn(16, 64, generator=draw)
    w_q, w_o = (torch.randn(64, 64, generator=draw) / 8 for _ in range(2))
    w_k, w_v = (torch.randn(64, 16, generator=draw) / 8 for _ in range(2))
    changed = hidden_states.clone()
    changed[15] = -changed[15]
    before = grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, 8, 2)
    after = grouped_query_attention(changed, w_q, w_k, w_v, w_o, 8, 2)
    call = "grouped_query_attention(hidden_states, ..., 8, 2), called again with another token 15,"
    assert before is not None and after is not None, (
        f"{call} returned None; expected a tensor of shape (16, 64)"
    )
    difference = torch.as_tensor(after - before).abs().amax(dim=1)
    moved = [row for row in range(16) if not difference[row] < 1e-4]
    assert moved == [15], (
        f"{call} returned other values in rows {moved}; expected a change in row 15 alone"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_counts_of_this_layer(kv_cache_elements, kv_projection_parameters):
    cache = kv_cache_elements(16, 2, 8)
    assert cache == 512, (
        f"kv_cache_elements(num_tokens=16, num_kv_heads=2, head_dim=8) returned {cache!r}; "
        "expected 512"
    )
    parameters = kv_projection_parameters(64, 2, 8)
    assert parameters == 2048, (
        f"kv_projection_parameters(d_model=64, num_kv_heads=2, head_dim=8) returned "
        f"{parameters!r}; expected 2048"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1.5
hidden: true
failure_message: Write down for 12 query heads and 3 KV heads which KV head each one reads. Neighbours share, every query head stays, and no KV head is blended with another.
""" # END TEST CONFIG
def test_who_shares_with_whom(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    # One token: its only weight is 1, so the output shows whose values each head took.
    for num_heads, num_kv_heads, head_dim in ((12, 3, 2), (6, 2, 3), (8, 4, 2)):
        d_model = num_heads * head_dim
        inputs = ref.make_inputs(1, d_model, num_heads, num_kv_heads, head_dim, seed=num_heads)
        expected = ref.grouped_query_attention(*inputs, num_heads, num_kv_heads)
        output = grouped_query_attention(*inputs, num_heads, num_kv_heads)
        checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the output of one token")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Look at how large the scores are before the softmax. What they are divided by depends on how many products are summed for one score.
""" # END TEST CONFIG
def test_size_of_the_scores(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    # No head is shared, and in the last row the mask hides nothing.
    for num_heads, head_dim in ((2, 6), (3, 4)):
        d_model = num_heads * head_dim
        inputs = ref.make_inputs(7, d_model, num_heads, num_heads, head_dim, seed=head_dim)
        inputs = inputs._replace(w_q=2 * inputs.w_q)
        expected = ref.grouped_query_attention(*inputs, num_heads, num_heads)
        output = grouped_query_attention(*inputs, num_heads, num_heads)
        output = checks.tensor(output, expected.shape)
        checks.close(output[-1], expected[-1], atol=ref.FLOAT32_ATOL, what="the last row")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: For one query the attention weights over the keys sum to 1, so where all values are equal the output is that value.
""" # END TEST CONFIG
def test_average_of_equal_values(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    inputs = ref.constant_value_inputs(6, 1, 8, seed=3)
    expected = inputs.w_v[0].clone().expand(6, 8)
    output = grouped_query_attention(*inputs, 1, 1)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the average of equal values")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Follow the numbers of one token through the last reshape. Its row holds its own heads only, head 0 first, each head in one piece.
""" # END TEST CONFIG
def test_heads_are_joined_per_token(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    inputs = ref.constant_value_inputs(5, 3, 4, seed=4)
    expected = inputs.w_v[0].clone().expand(5, 12)
    output = grouped_query_attention(*inputs, 3, 3)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the joined heads")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token looks at itself and at every token before it, and at none after it. Which entries of the score table does that leave?
""" # END TEST CONFIG
def test_tokens_that_count(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    # One head; then a change in token 4 must reach rows 4 to 8 and no other.
    first, second = (ref.make_inputs(9, 6, 1, 1, 6, seed=5) for _ in range(2))
    second.hidden_states[4] *= -1
    before = checks.tensor(grouped_query_attention(*first, 1, 1), (9, 6))
    after = checks.tensor(grouped_query_attention(*second, 1, 1), (9, 6))
    moved = (after - before).abs().amax(dim=1)
    assert bool((moved[:4] <= ref.FLOAT32_ATOL).all()), "an earlier row changed"
    assert bool((moved[4:] > ref.FLOAT32_ATOL).all()), "a later row did not change"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With more query heads than KV heads, queries, keys and values must stay lined up, each query head with its own query and with the key and the value of one KV head.
""" # END TEST CONFIG
def test_other_numbers_of_heads(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    for num_heads, num_kv_heads, head_dim in ((12, 3, 4), (6, 2, 5)):
        d_model = num_heads * head_dim
        inputs = ref.make_inputs(8, d_model, num_heads, num_kv_heads, head_dim, seed=head_dim)
        expected = ref.grouped_query_attention(*inputs, num_heads, num_kv_heads)
        output = grouped_query_attention(*inputs, num_heads, num_kv_heads)
        checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the output")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With as many KV heads as query heads nothing is shared, and your function is plain multi-head attention.
""" # END TEST CONFIG
def test_nothing_shared(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    # d_model equals head_dim here, so that only the number of heads can go wrong.
    inputs = ref.make_inputs(6, 5, 4, 4, 5, seed=6)
    expected = ref.grouped_query_attention(*inputs, 4, 4)
    output = grouped_query_attention(*inputs, 4, 4)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="multi-head attention")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: One KV head serves every query head (multi-query attention). The query heads still differ from each other.
""" # END TEST CONFIG
def test_all_shared(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    inputs = ref.make_inputs(6, 20, 4, 1, 5, seed=7)
    expected = ref.grouped_query_attention(*inputs, 4, 1)
    output = grouped_query_attention(*inputs, 4, 1)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="multi-query attention")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The width of one head follows from w_q and num_heads. The heads together may be wider or narrower than d_model.
""" # END TEST CONFIG
def test_other_head_width(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    # One token and one KV head: only the widths are at stake.
    for d_model, head_dim in ((12, 5), (12, 2)):
        inputs = ref.make_inputs(1, d_model, 4, 1, head_dim, seed=head_dim)
        expected = ref.grouped_query_attention(*inputs, 4, 1)
        output = grouped_query_attention(*inputs, 4, 1)
        checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the output")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The cache keeps what later tokens will need from each earlier token, for every KV head. Nothing else enters the count.
""" # END TEST CONFIG
def test_cache_counts(kv_cache_elements):
    from reference import checks, grouped_query_attention as ref

    for sizes in ((1, 1, 1), (7, 3, 5), (4096, 8, 128), (100, 12, 64)):
        checks.integer(kv_cache_elements(*sizes), ref.kv_cache_elements(*sizes), "the cache")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Count the entries of the two matrices that make the keys and the values, from their shapes.
""" # END TEST CONFIG
def test_parameter_counts(kv_projection_parameters):
    from reference import checks, grouped_query_attention as ref

    for sizes in ((1, 1, 1), (20, 3, 5), (8192, 8, 128), (768, 12, 64)):
        expected = ref.kv_projection_parameters(*sizes)
        checks.integer(kv_projection_parameters(*sizes), expected, "the parameters")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Inputs in float64 give an output that is exact to float64.
""" # END TEST CONFIG
def test_precision(grouped_query_attention):
    import torch
    from reference import checks, grouped_query_attention as ref

    inputs = ref.make_inputs(1, 12, 1, 1, 12, seed=8, dtype=torch.float64)
    expected = ref.grouped_query_attention(*inputs, 1, 1)
    output = grouped_query_attention(*inputs, 1, 1)
    checks.close(output, expected, atol=ref.FLOAT64_ATOL, what="the output in float64")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A function that changes the tensors it was given spoils the next call. Work on new tensors.
""" # END TEST CONFIG
def test_inputs_stay_as_they_are(grouped_query_attention):
    import torch
    from reference import checks, grouped_query_attention as ref

    inputs = ref.make_inputs(4, 12, 4, 2, 3, seed=9)
    copies = [given.clone() for given in inputs]
    checks.tensor(grouped_query_attention(*inputs, 4, 2), (4, 12))
    for name, given, copy in zip(inputs._fields, inputs, copies, strict=True):
        assert torch.equal(given, copy), f"{name} was changed"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: 'Head counts that do not divide, and matrices with a wrong number of rows or columns, deserve a ValueError that names the argument and its value.'
""" # END TEST CONFIG
def test_bad_arguments(grouped_query_attention):
    import torch
    from reference import checks, grouped_query_attention as ref

    good = ref.make_inputs(3, 12, 4, 2, 3, seed=0)
    checks.tensor(grouped_query_attention(*good, 4, 2), (3, 12))
    thirds = ref.make_inputs(3, 12, 4, 3, 3, seed=0)
    checks.rejects(grouped_query_attention, *thirds, 4, 3, naming=("num_heads", "num_kv_heads"))
    for field, shape in ref.BAD_SHAPES:
        bad = good._replace(**{field: torch.zeros(shape)})
        checks.rejects(grouped_query_attention, *bad, 4, 2, naming=ref.names_for(field))

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look: who reads whom
# The lines come from your own function. Each KV head holds its own number as its value, so the
# output shows which one each query head has read.

# %%
def kv_heads_read(num_heads, num_kv_heads, head_dim=2):
    """Ask grouped_query_attention which KV head each query head reads."""
    width = num_heads * head_dim
    no_scores = torch.zeros(1, width), torch.zeros(1, num_kv_heads * head_dim)
    numbered = torch.arange(num_kv_heads).float().repeat_interleave(head_dim)[None]
    w_o = torch.zeros(width, 1)
    read = []
    for head in range(num_heads):
        w_o.zero_()
        w_o[head * head_dim] = 1.0
        output = grouped_query_attention(
            torch.ones(1, 1), *no_scores, numbered, w_o, num_heads, num_kv_heads
        )
        read.append(int(output[0, 0]))
    return read


def draw_heads(axes, title, num_heads, num_kv_heads):
    """Query heads above, KV heads below, coloured and labelled by KV head."""
    colours = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#BBBBBB", "#8DA0CB"]
    text = {"ha": "center", "va": "center", "fontsize": 8, "color": "black"}

    def centre(kv_head):
        return (kv_head + 0.5) * num_heads / num_kv_heads - 0.5

    def box(kv_head):
        return {"boxstyle": "round", "facecolor": colours[kv_head], "edgecolor": "black"}

    for head, kv_head in enumerate(kv_heads_read(num_heads, num_kv_heads)):
        axes.plot([head, centre(kv_head)], [1, 0], color=colours[kv_head], lw=2, zorder=1)
        axes.text(head, 1, f"Q{head}", bbox=box(kv_head), **text)
    for kv_head in range(num_kv_heads):
        axes.text(centre(kv_head), 0, f"KV{kv_head}", bbox=box(kv_head), **text)
    axes.set(title=title, xlim=(-0.7, num_heads - 0.3), ylim=(-0.35, 1.35))
    axes.axis("off")


try:
    readers = kv_heads_read(8, 2)
    figure, panels = plt.subplots(1, 3, figsize=(14, 2.6), gridspec_kw={"wspace": 0.04})
    draw_heads(panels[0], "Multi-head: 8 KV heads", 8, 8)
    draw_heads(panels[1], "Grouped-query: 2 KV heads", 8, 2)
    draw_heads(panels[2], "Multi-query: 1 KV head", 8, 1)
    figure.suptitle("Eight query heads (top) and the KV head that each one reads (bottom)", y=1.08)
    plt.show()
    print("With 2 KV heads, query heads 0 to 7 read KV heads", *readers)
except Exception:
    plt.close("all")
    print("Fill in grouped_query_attention above, then run this cell again.")

# %% [markdown]
# ### Look: same keys, other weights
# Six tokens, eight query heads, two KV heads with random weights. Each row shows where the last
# token looks in one query head, read off the output of your function. Four rows share each set of
# keys. Are they equal?

# %%
def last_token_weights(num_heads=8, num_kv_heads=2, num_tokens=6):
    """(num_heads, num_tokens): token t's value is a 1 in place t, so the output is the weights."""
    width, kv_width = num_heads * num_tokens, num_kv_heads * num_tokens
    draw = torch.Generator().manual_seed(1)
    w_q, w_k = (torch.randn(width, columns, generator=draw) for columns in (width, kv_width))
    w_v = torch.zeros(width, kv_width)
    w_v[:num_tokens] = torch.cat([torch.eye(num_tokens)] * num_kv_heads, dim=1)
    tokens, w_o = torch.eye(num_tokens, width), torch.eye(width)
    output = grouped_query_attention(tokens, w_q, w_k, w_v, w_o, num_heads, num_kv_heads)
    return torch.as_tensor(output)[-1].reshape(num_heads, num_tokens)


def draw_weights(weights, readers):
    """One row a query head, one column a token; the weight is written into each square."""
    figure, axes = plt.subplots(figsize=(7, 4.2))
    picture = axes.imshow(weights, vmin=0, aspect="auto")
    for (head, token), weight in np.ndenumerate(weights.numpy()):
        axes.text(token, head, f"{weight:.2f}", ha="center", va="center", fontsize=9,
                  color="white" if weight < weights.max() / 2 else "black")
    axes.set(title="Where the last of six tokens looks", xlabel="token that is read",
             ylabel="query head, and the KV head it reads",
             yticks=range(len(readers)),
             yticklabels=[f"Q{head} reads KV{kv}" for head, kv in enumerate(readers)])
    axes.grid(False)
    figure.colorbar(picture, label="attention weight")
    plt.show()


try:
    weights = last_token_weights()
    draw_weights(weights, kv_heads_read(8, 2))
    first, second = (" ".join(f"{weight:.2f}" for weight in weights[head]) for head in (0, 1))
    print(f"Query heads 0 and 1 read the same keys. Weights of head 0: {first}; of head 1: {second}")
except Exception:
    plt.close("all")
    print("Fill in grouped_query_attention above, then run this cell again.")

# %% [markdown]
# ### Look: what it saves

# %%
try:
    names, kv_heads = ["MHA\n8 KV heads", "GQA\n2 KV heads", "MQA\n1 KV head"], [8, 2, 1]
    cache = [kv_cache_elements(16, count, 8) for count in kv_heads]
    kv_weights = [kv_projection_parameters(64, count, 8) for count in kv_heads]
    query_and_output = 2 * 64 * 64  # W_q and W_o: the query heads all stay
    whole = [query_and_output + count for count in kv_weights]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.6))
    left.bar_label(left.bar(names, cache, color="#0072B2"), [f"{count:,}" for count in cache])
    left.set(title="KV cache, 16 tokens, one layer", ylabel="numbers stored")
    right.bar(names, [query_and_output] * 3, color="#BBBBBB", label="$W_q$ and $W_o$")
    top = right.bar(
        names, kv_weights, bottom=query_and_output, color="#E69F00", hatch="//", label="$W_k$ and $W_v$"
    )
    right.bar_label(top, [f"{count:,}" for count in whole])
    right.set(title="Weights of the attention layer", ylabel="parameters")
    right.legend(loc="upper right", framealpha=1)
    for axes, tallest in ((left, cache[0]), (right, whole[0])):
        axes.set_ylim(0, 1.15 * tallest)
        axes.set_axisbelow(True)
        axes.grid(False, axis="x")
    plt.tight_layout()
    plt.show()
    print(
        f"From 8 to 2 KV heads: cache {cache[0]:,} to {cache[1]:,} numbers "
        f"({cache[0] / cache[1]:.1f} times smaller); all weights of the layer {whole[0]:,} to "
        f"{whole[1]:,} ({whole[0] / whole[1]:.1f} times smaller)."
    )
except Exception:
    plt.close("all")
    print("Fill in kv_cache_elements and kv_projection_parameters above, then run this cell again.")

# %% [markdown]
# ### What you saw
# Nobody lost a query head. All eight still ask their own question: heads that share their keys look
# at different tokens. Each fills its own part of the output, so the output has the shape it always
# had. What became fewer is the material they read:
# neighbouring query heads look at the same keys and values, and those are the only things a cache
# has to keep. So the cache shrinks by the full factor of 4. The layer as a whole does not: its query
# and output matrices stay as they were, and with them most of its weights, which fall by a factor of
# only 1.6. LLaMA 2 70B has 64 query heads and 8 KV heads, and its cache is 8 times smaller than it
# would be with 64.
