# %% [markdown]
# ## 2. Attention masks
#
# **Supported.** You write five short functions; the hints below say where to look.
#
# A book has 100,000 tokens. Must each of them be compared with all that came before it, or is a look at the last few enough, and what gets lost?
#
# Start with 10 tokens, numbered from 0, and ask which tokens number 7 may attend to:
#
# | pattern | tokens that token 7 attends to |
# |---|---|
# | causal | 0, 1, 2, 3, 4, 5, 6, 7 |
# | sliding window of 3 | 5, 6, 7 |
# | dilated window of 3, steps of 2 | 3, 5, 7 |
#
# A window counts the token itself, as the transformers library counts it for the model Mistral 7B: a window of 3 is the token and two before it. (Mistral's own published code keeps the token and three before it; conventions differ, and here the token counts. If the token itself were left out, token 0 would have nothing to attend to, and the softmax of an empty row is NaN.)
#
# Over all 10 tokens, causal attention computes 1 + 2 + ... + 10 = 55 scores, one for each pair that is allowed. The other two patterns need fewer than 30. (This counts what has to be computed. A fast implementation skips the other pairs; the attention of your GPT block computes all 100 and then hides 45.)
#
# What token 7 does not see itself may still arrive through others. With a window of 4, one layer carries information 3 positions further, so a word 12 positions back arrives after 4 layers.

# %% [raw]
# # BEGIN QUESTION
# name: attention_masks

# %% [markdown]
# ### Predict before you run
# Of 64 tokens, each attends to a window of 16, or to a dilated window of 16 with steps of 4. Which pattern computes fewer scores? Answer `"window"`, `"dilated"` or `"same"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_attention_masks = "dilated"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# A mask is a tensor of bools with one row for each query and one column for each key. `True` means that this query may attend to this key.
#
# * Two nested loops are fine. Without loops: `torch.arange(seq_len)[:, None]` has the positions of the queries in a column and `torch.arange(seq_len)[None, :]` those of the keys in a row. Subtract the two and look at what you get; every mask is a question about these differences.
# * The dilated window takes its steps from the query, not from token 0. Write down the keys of token 7 and of token 8 first.
# * A window may be wider than the text.
# * `layers_to_reach` needs no mask. How far does one layer carry, and how many such moves cover the distance? A distance of 0 needs no layer, with any window of 1 or more.
# * A `seq_len`, `window` or `dilation` below 1 is a `ValueError` that names the argument and its value. In `layers_to_reach` so are a negative distance, and a window below 2 when there is a distance to cover.

# %% [raw]
# # BEGIN SOLUTION

# %%
def causal_mask(seq_len):
    """(seq_len, seq_len) bool: token i attends to tokens 0 .. i."""
    # BEGIN SOLUTION
    if seq_len < 1:
        raise ValueError(f"seq_len = {seq_len} is below 1")
    return torch.ones(seq_len, seq_len, dtype=torch.bool).tril()
    # END SOLUTION


def sliding_window_mask(seq_len, window):
    """(seq_len, seq_len) bool: token i attends to tokens i-window+1 .. i, where there are such."""
    # BEGIN SOLUTION
    return dilated_mask(seq_len, window, 1)
    # END SOLUTION


def dilated_mask(seq_len, window, dilation):
    """(seq_len, seq_len) bool: token i attends to as many tokens as the window says, in steps:

    i, i-dilation, i-2*dilation, ..., i-(window-1)*dilation, as far as they are 0 or more.
    """
    # BEGIN SOLUTION
    for name, value in (("seq_len", seq_len), ("window", window), ("dilation", dilation)):
        if value < 1:
            raise ValueError(f"{name} = {value} is below 1")
    positions = torch.arange(seq_len)
    behind = positions[:, None] - positions[None, :]
    return (behind >= 0) & (behind % dilation == 0) & (behind < window * dilation)
    # END SOLUTION


def count_scores(mask):
    """How many query-key scores (int) this mask allows: those that have to be computed."""
    # BEGIN SOLUTION
    return int(mask.sum())
    # END SOLUTION


def layers_to_reach(distance, window):
    """Fewest layers (int) of sliding-window attention until information has moved distance positions.

    distance: 0 or more
    window: counts the token itself; 1 is enough for distance 0
    """
    # BEGIN SOLUTION
    if distance < 0:
        raise ValueError(f"distance = {distance} is negative")
    if window < 2 and distance > 0:
        raise ValueError(f"window = {window} is too small for distance {distance}")
    if distance == 0:
        return 0
    # Dividing the negative number rounds up, without the rounding errors of floats.
    return -(-distance // (window - 1))
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_attention_masks):
    answer = prediction_attention_masks
    said = "still `...`" if answer is ... else repr(answer)
    assert answer in ("window", "dilated", "same"), (
        f"prediction_attention_masks is {said}; choose 'window', 'dilated' or 'same'."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_four_tokens(causal_mask):
    import torch

    result = causal_mask(4)
    assert type(result) is torch.Tensor, f"causal_mask(4) returned {described(result)}; expected a tensor."
    shape = tuple(result.shape)
    assert shape == (4, 4), f"causal_mask(4) returned shape {shape}; expected (4, 4)."
    assert result.dtype == torch.bool, (
        f"causal_mask(4) returned a tensor of {result.dtype}; expected torch.bool. All three masks hold "
        "True and False, which attention takes as they are; numbers would be added to the scores."
    )
    came = result.int().tolist()
    expected = [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert came == expected, (
        f"causal_mask(4) returned, with 1 for True, {came}; expected {expected}. True means "
        "that the query of this row may attend to the key of this column."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_ten_tokens_with_a_window(sliding_window_mask):
    import torch

    result, call = sliding_window_mask(10, 3), "sliding_window_mask(10, 3)"
    assert type(result) is torch.Tensor, f"{call} returned {described(result)}; expected a tensor."
    shape = tuple(result.shape)
    assert shape == (10, 10), f"{call} returned shape {shape}; expected (10, 10)."
    for token, expected in ((7, [5, 6, 7]), (1, [0, 1])):
        keys = result[token].bool().nonzero().flatten().tolist()
        assert keys == expected, (
            f"{call} lets token {token} attend to {keys} (True in row {token}); expected {expected}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_ten_tokens_dilated(dilated_mask):
    import torch

    result, call = dilated_mask(10, 3, 2), "dilated_mask(10, 3, 2)"
    assert type(result) is torch.Tensor, f"{call} returned {described(result)}; expected a tensor."
    shape = tuple(result.shape)
    assert shape == (10, 10), f"{call} returned shape {shape}; expected (10, 10)."
    for token, expected in ((7, [3, 5, 7]), (8, [4, 6, 8]), (2, [0, 2])):
        keys = result[token].bool().nonzero().flatten().tolist()
        assert keys == expected, (
            f"{call} lets token {token} attend to {keys} (True in row {token}); expected {expected}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_scores_of_a_small_mask(count_scores):
    import torch

    mask = torch.tensor([[True, False], [True, True]])
    result = count_scores(mask)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 3, (
        f"count_scores(torch.tensor({mask.tolist()})) returned {came!r}; expected the number 3."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_layers_of_the_example(layers_to_reach):
    result = layers_to_reach(12, 4)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 4, (
        f"layers_to_reach(12, 4) returned {came!r}; expected the number 4, since one layer with a "
        "window of 4 carries information 3 positions further."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A mask is a tensor of bools, which attention takes as it is; numbers would be added to the scores.
""" # END TEST CONFIG
def test_masks_are_bool(causal_mask, sliding_window_mask, dilated_mask):
    import torch
    from reference import attention_masks as reference, checks

    masks = reference.sample_masks(causal_mask, sliding_window_mask, dilated_mask)
    for mask in masks:
        assert checks.tensor(mask).dtype == torch.bool
    shares = [mask.double().mean() for mask in masks]
    assert min(shares) < max(shares), "all masks hold the same"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: No token may attend to a token after it, in any of the three patterns.
""" # END TEST CONFIG
def test_nothing_after_the_query(causal_mask, sliding_window_mask, dilated_mask):
    from reference import attention_masks as reference

    masks = reference.sample_masks(causal_mask, sliding_window_mask, dilated_mask)
    entries = [reference.entries(mask, mask.shape[0]) for mask in masks]
    assert any(each.any() for each in entries), "nobody sees anything"
    assert not any(each.triu(1).any() for each in entries)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Every token attends to itself; a row without any True becomes NaN in the softmax.
""" # END TEST CONFIG
def test_every_token_sees_itself(causal_mask, sliding_window_mask, dilated_mask):
    from reference import attention_masks as reference

    for mask in reference.sample_masks(causal_mask, sliding_window_mask, dilated_mask):
        entries = reference.entries(mask, mask.shape[0])
        assert not entries.all(), "everybody sees everything"
        assert entries.diagonal().all()

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A causal mask leaves out nothing that came before the query.
""" # END TEST CONFIG
def test_causal_mask_of_any_length(causal_mask):
    from reference import attention_masks as reference

    for seq_len in (2, 9, 31):
        reference.check_equal_before(causal_mask(seq_len), reference.causal_mask(seq_len))

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The window counts the token itself; go through the keys of one row in the middle of the text, and of the last one.
""" # END TEST CONFIG
def test_keys_inside_the_window(sliding_window_mask):
    from reference import attention_masks as reference

    for seq_len, window in ((9, 2), (14, 5), (24, 7)):
        expected = reference.sliding_window_mask(seq_len, window)
        reference.check_equal_before(sliding_window_mask(seq_len, window), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A window wider than the text is allowed and covers all of it.
""" # END TEST CONFIG
def test_window_wider_than_the_text(sliding_window_mask, dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window in ((6, 6), (5, 6), (4, 100)):
        expected = reference.causal_mask(seq_len)
        reference.check_equal_before(sliding_window_mask(seq_len, window), expected)
    reference.check_equal_before(dilated_mask(7, 30, 2), reference.dilated_mask(7, 30, 2))

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The steps of a dilated window start at the query; compare the keys of an odd row with those of an even one.
""" # END TEST CONFIG
def test_where_the_steps_start(dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window, dilation in ((15, 3, 2), (22, 4, 3)):
        reference.check_steps(dilated_mask, seq_len, window, dilation)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A dilated window has as many keys as an ordinary one and so reaches further back; it does not thin out the same stretch of text.
""" # END TEST CONFIG
def test_how_far_a_dilated_window_reaches(dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window, dilation in ((17, 4, 2), (26, 3, 5)):
        reference.check_farthest(dilated_mask, seq_len, window, dilation)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Count the keys of one row of a dilated window, the query among them; there are never more than the window says.
""" # END TEST CONFIG
def test_keys_in_a_dilated_row(dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window, dilation in ((21, 3, 2), (30, 5, 4)):
        keys = reference.before(dilated_mask(seq_len, window, dilation), seq_len).sum(dim=1)
        assert 1 <= keys.max() <= window - 1

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With steps of 1 a dilated window is an ordinary one, and with steps longer than the text each token has only itself.
""" # END TEST CONFIG
def test_shortest_and_longest_steps(dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window, dilation in ((13, 4, 1), (6, 3, 8)):
        expected = reference.dilated_mask(seq_len, window, dilation)
        reference.check_equal_before(dilated_mask(seq_len, window, dilation), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: On a longer text every row of the dilated mask must follow the same rule, counted from its own query.
""" # END TEST CONFIG
def test_dilated_mask_of_a_longer_text(dilated_mask):
    from reference import attention_masks as reference

    for seq_len, window, dilation in ((96, 16, 4), (50, 6, 3)):
        expected = reference.dilated_mask(seq_len, window, dilation)
        reference.check_equal_before(dilated_mask(seq_len, window, dilation), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The number of keys of a query depends on the window; a longer text before it adds none.
""" # END TEST CONFIG
def test_cost_of_one_more_token(sliding_window_mask, dilated_mask):
    from reference import attention_masks as reference

    reference.check_last_rows(sliding_window_mask, 7)
    reference.check_last_rows(dilated_mask, 5, 3)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: One score is computed for each True of the mask, whatever pattern they form.
""" # END TEST CONFIG
def test_scores_of_any_mask(count_scores):
    import torch
    from reference import checks

    generator = torch.Generator().manual_seed(5)
    for seq_len in (5, 12):
        mask = torch.rand(seq_len, seq_len, generator=generator) < 0.3
        expected = int(mask.sum())
        checks.integer(count_scores(mask), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: When every query attends to every key, the number of scores is the square of the number of tokens.
""" # END TEST CONFIG
def test_scores_of_a_full_mask(count_scores):
    import torch
    from reference import checks

    checks.integer(count_scores(torch.ones(7, 7, dtype=torch.bool)), 49)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: When every token attends to nothing but itself, there is one score for each token.
""" # END TEST CONFIG
def test_scores_of_the_diagonal(count_scores):
    import torch
    from reference import checks

    checks.integer(count_scores(torch.eye(6, dtype=torch.bool)), 6)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: One layer carries information from the farthest token inside the window to the query; the window counts the query too.
""" # END TEST CONFIG
def test_layers_for_whole_moves(layers_to_reach):
    from reference import checks

    for layers, window in ((1, 2), (1, 9), (5, 4), (12, 2), (20, 21), (37, 1000)):
        distance = layers * (window - 1)
        checks.integer(layers_to_reach(distance, window), layers, f"layers for {distance}, {window}")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A distance that is no whole number of moves needs one more layer for the rest.
""" # END TEST CONFIG
def test_layers_for_a_rest(layers_to_reach):
    from reference import attention_masks as reference, checks

    for distance, window in ((7, 4), (17, 9), (1, 3), (41, 11), (49_999, 4096), (9, 100)):
        expected = reference.layers_to_reach(distance, window)
        checks.integer(layers_to_reach(distance, window), expected, f"{distance}, {window}")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A token has its own information before the first layer, with any window.
""" # END TEST CONFIG
def test_layers_for_no_distance(layers_to_reach):
    from reference import checks

    for window in (1, 2, 50):
        checks.integer(layers_to_reach(0, window), 0, f"layers for 0, {window}")
    assert checks.number(layers_to_reach(90, 10)) > 0, "no layers for any distance"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Each function refuses arguments out of range with a ValueError that names the argument, and takes those at the edge.
""" # END TEST CONFIG
def test_arguments_out_of_range(causal_mask, sliding_window_mask, dilated_mask, layers_to_reach):
    from reference import attention_masks as reference

    reference.check_errors(causal_mask, sliding_window_mask, dilated_mask, layers_to_reach)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# The three masks for 10 tokens. Go along the framed row 7 in each picture; it is the row of the table above.

# %%
def mask_of(call, result, seq_len):
    """What a mask function returned as a tensor of bools, or a sentence about what came instead."""
    if not hasattr(result, "shape") or tuple(result.shape) != (seq_len, seq_len):
        wanted = f"a tensor of shape {seq_len, seq_len}"
        raise TypeError(f"{call} returned {described(result)}; expected {wanted}")
    mask = torch.as_tensor(result)
    if mask.dtype != torch.bool:
        raise TypeError(f"{call} returned a tensor of {mask.dtype}; expected one of torch.bool")
    return mask


def scores_of(mask):
    """What count_scores returned as an int, or a sentence about what came instead."""
    return int(number("count_scores", count_scores(mask)))


def three_masks(seq_len, window, dilation):
    """The three patterns of the exercise by name."""
    return {
        "causal": mask_of("causal_mask", causal_mask(seq_len), seq_len),
        f"window of {window}": mask_of(
            "sliding_window_mask", sliding_window_mask(seq_len, window), seq_len),
        f"window of {window}, steps of {dilation}": mask_of(
            "dilated_mask", dilated_mask(seq_len, window, dilation), seq_len),
    }


def draw_masks(masks, row):
    """Heatmaps side by side, one square per pair of tokens, with one row framed."""
    fig, axes = plt.subplots(1, len(masks), figsize=(11, 4.3))
    for ax, (name, mask) in zip(axes, masks.items(), strict=True):
        ax.imshow(mask.float(), cmap=plt.matplotlib.colors.ListedColormap(
            ["#DDDDDD", "#0072B2"]), vmin=0, vmax=1)
        edges = np.arange(len(mask) + 1) - 0.5
        ax.set_xticks(edges, minor=True)
        ax.set_yticks(edges, minor=True)
        ax.grid(which="major", visible=False)
        ax.grid(which="minor", color="white", linewidth=1.5, alpha=1)
        ax.tick_params(which="both", length=0)
        ax.add_patch(plt.Rectangle((-0.5, row - 0.5), len(mask), 1, fill=False, linewidth=2.5,
                                   edgecolor="#D55E00", clip_on=False, zorder=3))
        ax.set(title=f"{name}: {scores_of(mask)} scores", xlabel="key (token that is read)",
               xticks=range(len(mask)), yticks=range(len(mask)))
        for spine in ax.spines.values():
            spine.set_visible(False)
    axes[0].set_ylabel("query (token that reads)")
    allowed = plt.matplotlib.patches.Patch(color="#0072B2", label="may attend")
    barred = plt.matplotlib.patches.Patch(color="#DDDDDD", label="may not")
    fig.legend(handles=[allowed, barred], ncol=2, loc="lower center", frameon=False)
    fig.tight_layout(rect=(0, 0.1, 1, 1))
    plt.show()


with look("causal_mask", "sliding_window_mask", "dilated_mask", "count_scores"):
    small = three_masks(10, 3, 2)
    draw_masks(small, row=7)
    for name, mask in small.items():
        keys, drawn = mask[7].nonzero().flatten().tolist(), int(mask.sum())
        print(f"{name}: token 7 attends to {keys}; count_scores says {scores_of(mask)}"
              + ("" if drawn == scores_of(mask) else f", but {drawn} squares are blue"))

# %% [markdown]
# Now let the text grow. Both axes are logarithmic: a cost that grows with the square is a steeper straight line than one that grows in proportion.

# %%
def draw_costs(seq_lens, costs):
    """Scores against seq_len, both axes logarithmic."""
    fig, ax = plt.subplots(figsize=(7.6, 4.4))
    styles = ("#D55E00", "s", "-"), ("#0072B2", "o", "-"), ("#009E73", "^", "--")
    for (name, scores), (color, marker, style) in zip(costs.items(), styles, strict=True):
        ax.plot(seq_lens, scores, style, color=color, marker=marker, label=name)
    ax.plot(seq_lens, [n * n for n in seq_lens], ":", color="black", label="every pair, seq_len²")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set(title="What a mask costs", xlabel="seq_len (tokens)", ylabel="scores computed")
    ax.set_xticks(seq_lens, [str(n) for n in seq_lens])
    ax.legend()
    plt.show()


with look("causal_mask", "sliding_window_mask", "dilated_mask", "count_scores"):
    seq_lens = [16, 32, 64, 128, 256, 512]
    counts = [{name: scores_of(mask) for name, mask in three_masks(n, 16, 4).items()} for n in seq_lens]
    costs = {name: [each[name] for each in counts] for name in counts[0]}
    draw_costs(seq_lens, costs)
    for name, scores in costs.items():
        short, long = scores[seq_lens.index(64)], scores[seq_lens.index(256)]
        times = f", {long / short:.1f} times as many" if short else ""
        print(f"{name}: {short:,} scores for 64 tokens; {long:,} for 256{times}")
    print("Your prediction, which of the two windows computes fewer for 64:", predicted("attention_masks"))

# %% [markdown]
# The last picture follows information through a stack of layers. In every layer each token reads its window; what it read was read from other windows one layer below. Which tokens can have had an influence on token 40 after 1, 2, 3, ... layers?

# %%
def influence(mask, token, num_layers):
    """(num_layers + 1, seq_len): True where a token can have influenced `token` by that layer."""
    step = mask.double()
    reached = torch.zeros(num_layers + 1, len(mask), dtype=torch.float64)
    reached[0, token] = 1
    for layer in range(num_layers):
        reached[layer + 1] = (reached[layer] @ step > 0).double()
    return reached > 0


def draw_influence(patterns, token):
    """One picture per pattern: a row for each layer, a column for each token."""
    fig, axes = plt.subplots(len(patterns), 1, figsize=(9.5, 4.6), sharex=True)
    for ax, (title, reached) in zip(axes, patterns.items(), strict=True):
        ax.imshow(reached.float(), aspect="auto", vmin=0, vmax=1,
                  cmap=plt.matplotlib.colors.ListedColormap(["#DDDDDD", "#0072B2"]))
        ax.set_xticks(np.arange(reached.shape[1] + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(len(reached) + 1) - 0.5, minor=True)
        ax.grid(which="major", visible=False)
        ax.grid(which="minor", color="white", linewidth=1, alpha=1)
        ax.tick_params(which="minor", length=0)
        ax.set(title=title, ylabel="layers", yticks=range(len(reached)))
    axes[-1].set(xlabel=f"token (blue: can have influenced token {token})")
    fig.tight_layout()
    plt.show()


with look("sliding_window_mask", "dilated_mask", "layers_to_reach"):
    window_mask = mask_of("sliding_window_mask", sliding_window_mask(41, 5), 41)
    steps_mask = mask_of("dilated_mask", dilated_mask(41, 5, 2), 41)
    patterns = {"window of 5": influence(window_mask, 40, 5),
                "window of 5, steps of 2": influence(steps_mask, 40, 5)}
    draw_influence(patterns, token=40)
    for name, reached in patterns.items():
        tokens = reached[-1].nonzero().flatten().tolist()
        odd = sum(token % 2 for token in tokens)
        print(f"After 5 layers, {name}: {len(tokens)} tokens, {odd} of them odd, reach token 40"
              + (f"; the farthest is token {tokens[0]}" if tokens else ""))
    for distance in (4, 5, 20):
        rows = patterns["window of 5"][:, 40 - distance].nonzero().flatten().tolist()
        drawn = f"it is blue from layer {rows[0]}" if rows else "it is never blue"
        layers = number("layers_to_reach", layers_to_reach(distance, 5))
        print(f"Token {40 - distance}, distance {distance}: layers_to_reach says {layers:g}, in the "
              f"picture {drawn}" + ("" if rows and rows[0] == layers else ": they disagree"))
    print(f"Window of 4,096, from the first to the last of 131,072 tokens: "
          f"{number('layers_to_reach', layers_to_reach(131_071, 4_096)):g} layers")

# %% [markdown]
# ### What you saw
# Four times the text has 16 times as many pairs, and a causal mask allows about half of them at either length, so it costs nearly 16 times as much. With a window each token keeps its neighbourhood, and the cost grows in proportion to the text, once the text is much longer than the window reaches: while many tokens still stand near the start, it grows faster.
#
# Steps buy a wider view for the same number of keys. The dilated window even computes fewer scores, because at the start of the text more tokens have no key so far back; the longer the text, the less that counts. The price is in the last picture: with steps of 2, half of the tokens never arrive, however many layers use the same steps.
#
# What an ordinary window cuts off does arrive, a little later: 33 layers with a window of 4,096 span 131,072 tokens. It is not 32, because a window of 4,096 counts the token itself and moves information 4,095 positions. Each layer hands on a summary, though, and not the text itself.
