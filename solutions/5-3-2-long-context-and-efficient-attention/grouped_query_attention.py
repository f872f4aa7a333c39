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
# - First of all check that the head counts go together (both are 1 or more) and that the shapes of
#   the matrices fit: a `ValueError` with the name of what is wrong and its value, for a matrix its
#   shape.

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

    ValueError: num_heads or num_kv_heads is below 1, num_heads is not a multiple of num_kv_heads, or
    a matrix has another number of rows or columns than the shapes above say.
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
    answer = prediction_grouped_query_attention
    said = "still `...`" if answer is ... else repr(answer)
    numbers = answer if isinstance(answer, (tuple, list)) else ()
    numbers = [value for value in numbers if isinstance(value, (int, float)) and value > 0]
    assert len(numbers) == 3 == len(answer), (
        f"prediction_grouped_query_attention is {said}; "
        "write three positive numbers: (rows, columns, times_smaller)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_output_shape(grouped_query_attention):
    import torch

    draw = torch.Generator().manual_seed(0)
    hidden_states = torch.randn(16, 64, generator=draw)
    w_q, w_o = (torch.randn(64, 64, generator=draw) / 8 for _ in range(2))
    w_k, w_v = (torch.randn(64, 16, generator=draw) / 8 for _ in range(2))
    output = grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, 8, 2)
    call = "grouped_query_attention with 16 tokens, d_model 64, 8 query heads and 2 KV heads"
    assert hasattr(output, "shape"), f"{call} returned {described(output)}; expected a tensor."
    assert tuple(output.shape) == (16, 64), (
        f"{call} returned shape {tuple(output.shape)}; expected (16, 64)."
    )
    finite = torch.isfinite(torch.as_tensor(output)).all(dim=1)
    rows = (~finite).nonzero().flatten().tolist()
    assert not rows, f"{call} returned NaN or infinite numbers in rows {rows}; expected none."

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_last_token_changes_only_its_own_row(grouped_query_attention):
    import torch

    draw = torch.Generator().manual_seed(1)
    hidden_states = torch.randn(16, 64, generator=draw)
    w_q, w_o = (torch.randn(64, 64, generator=draw) / 8 for _ in range(2))
    w_k, w_v = (torch.randn(64, 16, generator=draw) / 8 for _ in range(2))
    changed = hidden_states.clone()
    changed[15] = -changed[15]
    before = grouped_query_attention(hidden_states, w_q.clone(), w_k, w_v, w_o, 8, 2)
    after = grouped_query_attention(changed, w_q.clone(), w_k, w_v, w_o, 8, 2)
    call = "grouped_query_attention(hidden_states, ..., 8, 2), called again with another token 15,"
    assert hasattr(after, "shape") and tuple(after.shape) == (16, 64), (
        f"{call} returned {described(after)}; expected a tensor of shape (16, 64)."
    )
    difference = torch.as_tensor(after - before).nan_to_num().abs().amax(dim=1)
    moved = (difference > 1e-4).nonzero().flatten().tolist()
    assert moved == [15], (
        f"{call} returned other values in rows {moved}; expected a change in row 15 alone."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_weights_of_the_worked_example(grouped_query_attention):
    import torch

    # Token 0 and token 1 are one-hot, so the rows of the matrices are their queries, keys, values.
    hidden_states, w_o = torch.eye(2, 8), torch.eye(8)
    w_q, w_k, w_v = torch.zeros(8, 8), torch.zeros(8, 4), torch.zeros(8, 4)
    w_q[1] = torch.tensor([0.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    w_k[0], w_k[1] = torch.tensor([3.0, 1.0, 0.0, 2.0]), torch.tensor([1.0, 0.0, 1.0, 1.0])
    w_v[0], w_v[1] = torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    output = grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, 4, 2)
    call = "grouped_query_attention on the case of the text (4 query heads, 2 KV heads, 2 tokens)"
    assert hasattr(output, "shape") and tuple(output.shape) == (2, 8), (
        f"{call} returned {described(output)}; expected a tensor of shape (2, 8)."
    )
    came = [round(float(weight), 3) for weight in output[1][2:4]]
    assert abs(came[0] - 0.944) < 2e-3 and abs(came[1] - 0.056) < 2e-3, (
        f"{call} gave query head 1 the weights {came}; expected [0.944, 0.056]."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_who_reads_whom_in_the_worked_example(grouped_query_attention):
    import torch

    # One token, no scores; KV head 0 holds the value 10 and KV head 1 holds 20.
    w_q, w_k, w_v = torch.zeros(8, 8), torch.zeros(8, 4), torch.zeros(8, 4)
    w_v[0] = torch.tensor([10.0, 10.0, 20.0, 20.0])
    output = grouped_query_attention(torch.eye(1, 8), w_q, w_k, w_v, torch.eye(8), 4, 2)
    call = "grouped_query_attention with 4 query heads and 2 KV heads of values 10 and 20"
    assert hasattr(output, "shape") and tuple(output.shape) == (1, 8), (
        f"{call} returned {described(output)}; expected a tensor of shape (1, 8)."
    )
    came = [round(float(value), 2) for value in output[0][::2]]
    assert came == [10, 10, 20, 20], (
        f"{call} gave query heads 0 to 3 the values {came}; expected [10, 10, 20, 20]."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_cache_of_this_layer(kv_cache_elements):
    result = kv_cache_elements(16, 2, 8)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 512, (
        f"kv_cache_elements(num_tokens=16, num_kv_heads=2, head_dim=8) returned {came!r}; "
        "expected the number 512."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_parameters_of_this_layer(kv_projection_parameters):
    result = kv_projection_parameters(64, 2, 8)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 2048, (
        f"kv_projection_parameters(d_model=64, num_kv_heads=2, head_dim=8) returned {came!r}; "
        "expected the number 2048."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1.25
hidden: true
failure_message: Write down for 12 query heads and 3 KV heads which KV head each one reads. Neighbours share, every query head stays, and no KV head is blended with another.
""" # END TEST CONFIG
def test_who_shares_with_whom(grouped_query_attention):
    from reference import grouped_query_attention as ref

    for num_heads, num_kv_heads in ((12, 3), (6, 2), (8, 4)):
        ref.check_who_shares(grouped_query_attention, num_heads, num_kv_heads)

# %%
""" # BEGIN TEST CONFIG
points: 1.25
hidden: true
failure_message: Write each KV head out once for every query head that reads it, and call your function as ordinary multi-head attention. Each query head still asks with its own query, so the output must be the same.
""" # END TEST CONFIG
def test_sharing_is_all_that_differs(grouped_query_attention):
    from reference import grouped_query_attention as ref

    for num_heads, num_kv_heads, head_dim in ((12, 3, 4), (6, 2, 5), (4, 1, 3)):
        ref.check_written_out(grouped_query_attention, num_heads, num_kv_heads, head_dim)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Look at how large the scores are before the softmax. What they are divided by depends on how many products are summed for one score.
""" # END TEST CONFIG
def test_size_of_the_scores(grouped_query_attention):
    from reference import grouped_query_attention as ref

    for head_dim, seed in ((6, 1), (4, 2)):
        ref.check_scale(grouped_query_attention, head_dim, seed)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: For one query the attention weights over the keys sum to 1, so where all values are equal the output is that value.
""" # END TEST CONFIG
def test_average_of_equal_values(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    inputs = ref.constant_value_inputs(6, 8, seed=3)
    output = ref.later_rows(grouped_query_attention(*inputs, 1, 1), (6, 8))
    expected = inputs.w_v[0].clone().expand(5, 8)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the average of equal values")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Follow the numbers of one token into the split. A head gets its own columns of every token, and no numbers of another head.
""" # END TEST CONFIG
def test_heads_are_cut_out_per_token(grouped_query_attention):
    from reference import grouped_query_attention as ref

    ref.check_split(grouped_query_attention)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Follow the numbers of one token through the last reshape. Its row holds its own heads only, head 0 first, each head in one piece.
""" # END TEST CONFIG
def test_heads_are_joined_per_token(grouped_query_attention):
    from reference import grouped_query_attention as ref

    ref.check_join(grouped_query_attention)

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
points: 0.25
hidden: true
failure_message: What a head returns is made of values and not of keys, and w_o comes last.
""" # END TEST CONFIG
def test_what_comes_out_of_one_head(grouped_query_attention):
    from reference import checks, grouped_query_attention as ref

    inputs = ref.make_inputs(1, 5, 1, 1, 5, seed=11)
    expected = ref.grouped_query_attention(*inputs, 1, 1)[0]
    output = ref.one_token(grouped_query_attention, inputs, 1, 1)
    checks.close(output, expected, atol=ref.FLOAT32_ATOL, what="the output of one token")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The width of one head follows from w_q and num_heads. The heads together may be wider or narrower than d_model.
""" # END TEST CONFIG
def test_other_head_width(grouped_query_attention):
    from reference import grouped_query_attention as ref

    for d_model, head_dim in ((12, 5), (12, 2)):
        ref.check_width(grouped_query_attention, d_model, head_dim)

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
failure_message: A function that changes the tensors it was given spoils the next call. Work on new tensors.
""" # END TEST CONFIG
def test_inputs_stay_as_they_are(grouped_query_attention):
    import torch
    from reference import grouped_query_attention as ref

    inputs = ref.make_inputs(4, 12, 4, 2, 3, seed=9)
    copies = [given.clone() for given in inputs]
    ref.shaped(grouped_query_attention(*inputs, 4, 2), 4)
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
    ref.shaped(grouped_query_attention(*good, 4, 2), 3)
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
# The lines come from your own function. Each KV head holds a value of its own, so the output shows
# which one each query head has read.

# %%
def attention_output(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads):
    """The output of grouped_query_attention, or a sentence about what came instead."""
    output = grouped_query_attention(hidden_states, w_q, w_k, w_v, w_o, num_heads, num_kv_heads)
    if not hasattr(output, "shape") or tuple(output.shape) != tuple(hidden_states.shape):
        wanted = f"a tensor of shape {tuple(hidden_states.shape)}"
        raise TypeError(f"grouped_query_attention returned {described(output)}; expected {wanted}")
    return torch.as_tensor(output).detach()


def kv_heads_read(num_heads, num_kv_heads):
    """The KV head that each query head reads: KV head k holds the value k + 1, so -1 means none."""
    nothing = torch.zeros(num_heads, num_heads), torch.zeros(num_heads, num_kv_heads)
    values = torch.zeros(num_heads, num_kv_heads)
    values[0] = torch.arange(num_kv_heads) + 1
    token, w_o = torch.eye(1, num_heads), torch.eye(num_heads)
    read = attention_output(token, *nothing, values, w_o, num_heads, num_kv_heads)[0]
    return (read - 1).tolist()


def kv_name(kv_head):
    """What is read, in words."""
    return "no KV head" if kv_head == -1 else f"KV{kv_head:g}"


def draw_heads(axes, title, num_heads, num_kv_heads):
    """Query heads above, KV heads below, coloured and labelled by KV head."""
    colours = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#BBBBBB", "#8DA0CB"]
    text = {"ha": "center", "va": "center", "fontsize": 8, "color": "black"}

    def centre(kv_head):
        return (kv_head + 0.5) * num_heads / num_kv_heads - 0.5

    def box(kv_head):
        whole = kv_head in range(num_kv_heads)
        return {"boxstyle": "round", "facecolor": colours[int(kv_head)] if whole else "white"}

    for head, kv_head in enumerate(kv_heads_read(num_heads, num_kv_heads)):
        colour = box(kv_head)["facecolor"].replace("white", "black")
        if kv_head != -1:
            axes.plot([head, centre(kv_head)], [1, 0], color=colour, lw=2, zorder=1)
        axes.text(head, 1, f"Q{head}", bbox=box(kv_head), **text)
    for kv_head in range(num_kv_heads):
        axes.text(centre(kv_head), 0, f"KV{kv_head}", bbox=box(kv_head), **text)
    axes.set(title=title, xlim=(-0.7, num_heads - 0.3), ylim=(-0.35, 1.35))
    axes.axis("off")


with look("grouped_query_attention"):
    figure, panels = plt.subplots(1, 3, figsize=(14, 2.6), gridspec_kw={"wspace": 0.04})
    for panel, name, count in zip(panels, ("Multi-head", "Grouped-query", "Multi-query"), (8, 2, 1)):
        draw_heads(panel, f"{name}: {count} KV head{'s' if count > 1 else ''}", 8, count)
    figure.suptitle("Eight query heads (top) and the KV head that each one reads (bottom)", y=1.08)
    plt.show()
    for count in (8, 2, 1):
        read = ", ".join(kv_name(value) for value in kv_heads_read(8, count))
        print(f"KV heads: {count}. Query heads 0 to 7 read {read}")
    if any(value not in range(2) for value in kv_heads_read(8, 2)):
        print("There are only KV0 and KV1: a query head with another number blends values, or reads none.")

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
    output = attention_output(tokens, w_q, w_k, w_v, w_o, num_heads, num_kv_heads)
    return output[-1].reshape(num_heads, num_tokens)


def draw_weights(weights, readers):
    """One row per query head, one column per token; the weight is written into each square."""
    figure, axes = plt.subplots(figsize=(7, 4.2))
    picture = axes.imshow(weights, vmin=0, aspect="auto")
    for (head, token), weight in np.ndenumerate(weights.numpy()):
        axes.text(token, head, f"{weight:.2f}", ha="center", va="center", fontsize=9,
                  color="white" if weight < weights.max() / 2 else "black")
    axes.set(title="Where the last of six tokens looks", xlabel="token that is read",
             ylabel="query head, and the KV head it reads",
             yticks=range(len(readers)),
             yticklabels=[f"Q{head} reads {kv_name(kv)}" for head, kv in enumerate(readers)])
    axes.grid(False)
    figure.colorbar(picture, label="attention weight")
    plt.show()


with look("grouped_query_attention"):
    weights, readers = last_token_weights(), kv_heads_read(8, 2)
    draw_weights(weights, readers)
    for head in range(8):
        row = " ".join(f"{weight:.2f}" for weight in weights[head])
        print(f"Query head {head} reads {kv_name(readers[head])} with the weights {row}")
    pairs = [(a, b) for a in range(8) for b in range(a) if readers[a] == readers[b] in range(2)]
    equal = sum(torch.allclose(weights[a], weights[b], atol=1e-3) for a, b in pairs)
    print(f"Of {len(pairs)} pairs of query heads that read the same KV head, {equal} have equal weights")

# %% [markdown]
# ### Look: what it saves

# %%
def count_of(call, result):
    """A count as a number, or a sentence about what came instead."""
    result = result.tolist() if hasattr(result, "tolist") else result
    if not isinstance(result, (int, float)) or result <= 0:
        raise TypeError(f"{call} returned {result!r}; expected a number above 0")
    return result


with look("kv_cache_elements", "kv_projection_parameters", "grouped_query_attention"):
    names, kv_heads = ["MHA\n8 KV heads", "GQA\n2 KV heads", "MQA\n1 KV head"], [8, 2, 1]
    cache = [count_of("kv_cache_elements", kv_cache_elements(16, count, 8)) for count in kv_heads]
    kv_weights = [count_of("kv_projection_parameters", kv_projection_parameters(64, count, 8))
                  for count in kv_heads]
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
    for axes, tallest in ((left, max(cache)), (right, max(whole))):
        axes.set_ylim(0, 1.15 * tallest)
        axes.set_axisbelow(True)
        axes.grid(False, axis="x")
    plt.tight_layout()
    plt.show()
    for place in (1, 2):
        print(f"KV heads: {kv_heads[place]} instead of 8. Cache {cache[0]:,} to {cache[place]:,} numbers, "
              f"{cache[0] / cache[place]:.1f} times smaller; all weights of the layer {whole[0]:,} to "
              f"{whole[place]:,}, {whole[0] / whole[place]:.1f} times fewer")
    draw = torch.Generator().manual_seed(2)
    matrices = [torch.randn(64, width, generator=draw) / 8 for width in (64, 16, 16, 64)]
    rows, columns = attention_output(torch.eye(16, 64), *matrices, 8, 2).shape
    print(f"With 2 KV heads the output has {rows} rows and {columns} columns. Your prediction (rows, "
          f"columns, times_smaller): {predicted('grouped_query_attention')}")

# %% [markdown]
# ### What you saw
# No query head is lost. All eight still ask their own question, so heads that share their keys look
# at different tokens. Each fills its own part of the vector that `w_o` turns into a token's output, and
# none of these parts is missing, which is why the output keeps its shape. What becomes fewer is the
# material they read: neighbouring query heads look at the same keys and values, and those are the only
# things a cache has to keep. With 2 KV heads instead of 8 the cache shrinks by the full factor of 4.
# The layer as a whole does not: its query and output matrices stay as they were, and with them most of
# its weights, which fall by a factor of only 1.6. So the attention of LLaMA 2 70B has 64 heads, and 8
# sets of keys and values.
