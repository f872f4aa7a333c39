# %% [markdown]
# ## 1. The router
#
# **Guided.** A layer holds four experts, and a token may use two of them. Who decides which two, and how much does each of them count?
#
# Take one token. The router gives it one score for each expert, say 2, 1, 0 and -1. That is the first line of the table; the rest follows from it.
#
# | | expert 0 | expert 1 | expert 2 | expert 3 | sum |
# |---|---|---|---|---|---|
# | score (logit) | 2 | 1 | 0 | -1 | |
# | exp(score) | 7.389 | 2.718 | 1 | 0.368 | 11.475 |
# | probability | 0.644 | 0.237 | 0.087 | 0.032 | 1 |
# | chosen, top 2 | 0.644 | 0.237 | | | 0.881 |
# | weight | **0.731** | **0.269** | | | 1 |
#
# The two chosen probabilities add up to 0.881 only. Each is divided by that sum, so that the weights of the chosen experts add up to 1 again.
#
# Where do the scores come from? Each expert has one vector of `d_model` numbers, a row of `router_weight`. The score is the dot product of that row with the token's *hidden state*, the vector of `d_model` numbers that stands for the token where it enters the layer.

# %% [raw]
# # BEGIN QUESTION
# name: router

# %% [markdown]
# ### Predict before you run
# Five inputs, each a vector of 64 random numbers, meet one router with four experts. The router has never been trained. Will all five inputs choose the same pair of experts? Answer `"same"` or `"different"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_router = "different"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Replace each `...` by one expression. `widths_match` and `top_k_is_possible` are conditions that must hold; the errors below them are ready.
#
# * `hidden_states` has one token in each row, `router_weight` one expert in each row. The logits have one token in each row and one expert in each column.
# * `torch.softmax` needs to know along which dimension the numbers shall add up to 1.
# * `torch.topk` returns an object with `.values` and `.indices`, the largest first. Again the dimension matters. For a division row by row, `keepdim=True` keeps the shapes compatible.

# %%
def make_inputs(num_tokens=5, d_model=64, num_experts=4, seed=4):
    """Random hidden states (num_tokens, d_model) and router weights (num_experts, d_model)."""
    generator = torch.Generator().manual_seed(seed)
    hidden_states = torch.randn(num_tokens, d_model, generator=generator)
    router_weight = torch.randn(num_experts, d_model, generator=generator) / math.sqrt(d_model)
    return hidden_states, router_weight

# %% [raw]
# # BEGIN SOLUTION

# %%
def router_probabilities(hidden_states, router_weight):
    """Score every expert for every token.

    hidden_states: (num_tokens, d_model)
    router_weight: (num_experts, d_model)
    Returns the probabilities (num_tokens, num_experts); each row sums to 1.
    """
    widths_match = hidden_states.shape[1] == router_weight.shape[1]  # SOLUTION
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T  # SOLUTION
    router_probs = torch.softmax(logits, dim=1)  # SOLUTION
    return router_probs


def select_experts(router_probs, top_k):
    """Choose the top_k most probable experts of every token.

    router_probs: (num_tokens, num_experts)
    top_k: how many experts a token uses, 1..num_experts
    Returns expert_weights and expert_ids, both (num_tokens, top_k), most probable first.
    The weights of each row sum to 1; the ids are int64 and count from 0.
    """
    num_experts = router_probs.shape[1]  # SOLUTION
    top_k_is_possible = 1 <= top_k <= num_experts  # SOLUTION
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)  # SOLUTION
    expert_ids = chosen.indices  # SOLUTION
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)  # SOLUTION
    return expert_weights, expert_ids

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_router):
    assert prediction_router in ("same", "different"), (
        f"prediction_router is {prediction_router!r}; choose 'same' or 'different'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_probabilities_of_the_table(router_probabilities):
    import torch

    hidden_states = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    router_weight = torch.tensor([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0], [-1.0, 3.0]])
    call = "router_probabilities([[1, 0], [0, 1]], [[2, 0], [1, 1], [0, 2], [-1, 3]])"
    result = router_probabilities(hidden_states, router_weight)
    assert hasattr(result, "shape"), f"{call} returned {result!r}; expected a tensor"
    assert tuple(result.shape) == (2, 4), (
        f"{call} has shape {tuple(result.shape)}; expected (2, 4), one row for each token"
    )
    expected = torch.tensor([[0.6439, 0.2369, 0.0871, 0.0321], [0.0321, 0.0871, 0.2369, 0.6439]])
    assert torch.allclose(torch.as_tensor(result).double(), expected.double(), atol=1e-4), (
        f"{call} returned {result.tolist()}; expected about {expected.tolist()}"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_two_of_four_experts(select_experts):
    import torch

    router_probs = torch.tensor([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.1875, 0.4125]])
    call = "select_experts([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.1875, 0.4125]], 2)"
    result = select_experts(router_probs, 2)
    assert type(result) in (tuple, list) and len(result) == 2 and hasattr(result[1], "tolist"), (
        f"{call} returned {result!r}; expected two tensors, expert_weights and expert_ids"
    )
    weights, ids = result
    assert ids.tolist() == [[0, 1], [3, 1]], (
        f"{call} chose the experts {ids.tolist()}; expected [[0, 1], [3, 1]]"
    )
    expected = torch.tensor([[0.75, 0.25], [0.5789, 0.4211]])
    weights = torch.as_tensor(weights).double()
    assert weights.shape == expected.shape and torch.allclose(weights, expected.double(), atol=1e-4), (
        f"{call} returned the weights {weights.tolist()}; expected about {expected.tolist()}"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_five_inputs_end_to_end(router_probabilities, select_experts):
    import torch

    generator = torch.Generator().manual_seed(5)
    hidden_states = torch.randn(5, 64, generator=generator)
    router_weight = torch.randn(4, 64, generator=generator) / 8
    router_probs = router_probabilities(hidden_states, router_weight)
    assert hasattr(router_probs, "shape") and tuple(router_probs.shape) == (5, 4), (
        "router_probabilities of 5 tokens and 4 experts returned "
        f"{tuple(getattr(router_probs, 'shape', ())) or router_probs!r}; expected shape (5, 4)"
    )
    router_probs = torch.as_tensor(router_probs)
    assert not torch.allclose(router_probs, router_probs[:1].expand(5, 4), atol=1e-3), (
        f"router_probabilities gave five different inputs the same row, {router_probs[0].tolist()}"
    )
    sums = {"router_probs": router_probs.double().sum(dim=1)}
    weights, ids = select_experts(router_probs, 2)
    for name, value in (("expert_weights", weights), ("expert_ids", ids)):
        assert hasattr(value, "shape") and tuple(value.shape) == (5, 2), (
            f"{name} of 5 tokens with top_k 2 is {value!r}; expected shape (5, 2)"
        )
    sums["expert_weights"] = torch.as_tensor(weights).double().sum(dim=1)
    for name, found in sums.items():
        assert torch.allclose(found, torch.ones(5, dtype=torch.float64), atol=1e-4), (
            f"the rows of {name} sum to {[round(x, 4) for x in found.tolist()]}; expected 1 each"
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: A score is the plain dot product of a hidden state with an expert's row; one softmax turns a token's scores into probabilities.
""" # END TEST CONFIG
def test_probabilities_of_new_inputs(router_probabilities):
    from reference import checks, router

    for num_tokens, d_model, seed in ((7, 48, 1), (3, 5, 2)):
        inputs = router.make_inputs(num_tokens, d_model, 4, seed)
        expected = router.router_probabilities(*inputs)
        result = router_probabilities(*inputs)
        checks.close(result, expected, atol=router.TOLERANCE, what="router_probs")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: The number of experts is the number of rows of router_weight; nothing in the code may assume four of them.
""" # END TEST CONFIG
def test_other_numbers_of_experts(router_probabilities, select_experts):
    from reference import checks, router

    for num_experts, seed in ((2, 3), (7, 4)):
        inputs = router.make_inputs(6, 24, num_experts, seed)
        given = router.router_probabilities(*inputs)
        in_use = router.experts_in_use(*inputs, top_k=2)
        probs = checks.tensor(router_probabilities(*inputs), (6, num_experts))
        checks.close(probs.sum(dim=1), probs.new_ones(6), atol=router.TOLERANCE, what="row sum")
        weights, ids = select_experts(given, 2)
        checks.tensor(weights, (6, 2))
        used = set(checks.tensor(ids, (6, 2)).flatten().tolist())
        assert used == in_use, "other experts are in use"

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: What one token gets does not depend on the other tokens of the batch; each token has its own probabilities, experts and weights.
""" # END TEST CONFIG
def test_a_token_alone_and_in_company(router_probabilities, select_experts):
    from reference import checks, router

    hidden_states, router_weight = router.make_inputs(6, 20, 4, seed=5)
    favourites = (hidden_states @ router_weight.T).argmax(dim=1).tolist()
    together = checks.tensor(router_probabilities(hidden_states, router_weight), (6, 4))
    assert together.argmax(dim=1).tolist() == favourites, "the largest score is not the favourite"
    probs = router.make_probs(6, 4, seed=6)
    weights, ids = (checks.tensor(part, (6, 2)) for part in select_experts(probs.clone(), 2))
    assert weights.std(dim=0).max() > 1e-4, "all tokens get the same weights"
    for row in range(6):
        alone = router_probabilities(hidden_states[row : row + 1], router_weight)
        checks.close(alone, together[row : row + 1], atol=router.TOLERANCE, what="router_probs")
        own_weights, own_ids = select_experts(probs[row : row + 1].clone(), 2)
        checks.close(own_weights, weights[row : row + 1], atol=router.TOLERANCE, what="weights")
        assert checks.tensor(own_ids).tolist() == [ids[row].tolist()], "the experts differ"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Only the differences between a token's scores matter, so scores of ten thousand must give the same probabilities as the same scores near zero.
""" # END TEST CONFIG
def test_scores_far_from_zero(router_probabilities):
    from reference import checks, router

    near, far, router_weight = router.make_shifted_inputs(seed=7)
    scores = near @ router_weight.T
    expected = checks.tensor(router_probabilities(near, router_weight), (5, 4))
    most, least = scores.argmax(dim=1, keepdim=True), scores.argmin(dim=1, keepdim=True)
    largest = expected.gather(1, most)
    assert bool((largest[:, 0] > expected.max(dim=1).values - 1e-6).all()), "another favourite"
    gap = largest - expected.gather(1, least)
    assert gap.mean() > 0.1, "the scores make no difference"
    result = router_probabilities(far, router_weight)
    checks.close(result, expected, atol=router.SHIFTED_TOLERANCE, what="router_probs")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: The chosen experts of a token are the ones with the largest probabilities in its row.
""" # END TEST CONFIG
def test_the_right_experts_are_chosen(select_experts):
    from reference import checks, router

    for num_tokens, num_experts, seed in ((9, 6, 8), (1, 5, 9)):
        probs = router.make_probs(num_tokens, num_experts, seed)
        _, expected = router.select_experts(probs, 2)
        ids = checks.tensor(select_experts(probs.clone(), 2)[1], (num_tokens, 2))
        assert ids.sort(dim=1).values.tolist() == expected.sort(dim=1).values.tolist(), (
            "other experts are chosen"
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The most probable expert of a token stands first in its row, and so does its weight.
""" # END TEST CONFIG
def test_order_within_a_row(select_experts):
    from reference import checks, router

    probs = router.make_probs(6, 5, seed=10)
    weights, ids = (checks.tensor(part, (6, 2)) for part in select_experts(probs.clone(), 2))
    ids = ids.long()
    assert ids.min() >= 0 and ids.max() < 5, "an id is no expert's number"
    for ordered in (probs.gather(1, ids), weights):
        assert bool((ordered[:, 0] > ordered[:, 1]).all()), "the smaller one stands first"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Column j of expert_weights belongs to column j of expert_ids, and is proportional to that expert's probability.
""" # END TEST CONFIG
def test_weights_belong_to_their_experts(select_experts):
    from reference import checks, router

    probs = router.make_probs(8, 6, seed=11)
    weights, ids = (checks.tensor(part, (8, 2)) for part in select_experts(probs.clone(), 2))
    ids = ids.long()
    assert ids.min() >= 0 and ids.max() < 6, "an id is no expert's number"
    assert bool((ids[:, 0] != ids[:, 1]).all()), "a token uses one expert twice"
    assert weights.min() > 0, "a chosen expert has no weight"
    own = probs.gather(1, ids).double()
    crossed = weights * own.flip(1)
    checks.close(crossed[:, 0], crossed[:, 1], atol=router.TOLERANCE, what="weight ratio")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The weights of a token's chosen experts add up to 1, whatever the probabilities of the experts left out.
""" # END TEST CONFIG
def test_weights_make_a_whole(select_experts):
    from reference import checks, router

    probs = router.make_probs(8, 6, seed=12)
    weights = checks.tensor(select_experts(probs.clone(), 2)[0], (8, 2))
    assert weights.std(dim=0).max() > 1e-4, "all tokens get the same weights"
    checks.close(weights.sum(dim=1), weights.new_ones(8), atol=router.TOLERANCE, what="row sum")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token may use one expert, three, or all of them; top_k decides, and the weights add up to 1 for each choice.
""" # END TEST CONFIG
def test_other_values_of_top_k(select_experts):
    from reference import checks, router

    for top_k in (1, 3, 5):
        probs = router.make_probs(4, 5, seed=13 + top_k)
        weights, ids = select_experts(probs.clone(), top_k)
        chosen = checks.tensor(ids, (4, top_k)).tolist()
        assert all(len(set(row)) == top_k for row in chosen), "a token uses one expert twice"
        shares = checks.tensor(weights, (4, top_k))
        assert top_k == 1 or shares.std(dim=0).max() > 1e-4, "all tokens get the same weights"
        sums = shares.sum(dim=1)
        checks.close(sums, sums.new_ones(4), atol=router.TOLERANCE, what="row sum")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: expert_ids are whole numbers (int64) that count the experts from 0, so that they can be used as an index.
""" # END TEST CONFIG
def test_ids_can_be_used_as_an_index(select_experts):
    import torch
    from reference import checks, router

    weights, ids = select_experts(router.make_probs(40, 4, seed=20), 2)
    assert checks.tensor(weights, (40, 2)).std(dim=0).max() > 1e-4, "all tokens get the same weights"
    ids = checks.tensor(ids, (40, 2))
    assert ids.dtype == torch.int64, f"expert_ids are {ids.dtype}"
    assert set(ids.flatten().tolist()) <= {0, 1, 2, 3}, "an id is no expert's number"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Inputs in double precision give results in double precision; nothing on the way is rounded to single precision.
""" # END TEST CONFIG
def test_double_precision(router_probabilities, select_experts):
    import torch
    from reference import checks, router

    inputs = router.make_inputs(5, 32, 4, seed=21, dtype=torch.float64)
    expected = router.router_probabilities(*inputs)
    result = router_probabilities(*inputs)
    checks.close(result, expected, atol=router.DOUBLE_TOLERANCE, what="router_probs")
    weights, _ = select_experts(expected.clone(), 2)
    own, _ = router.select_experts(expected, 2)
    checks.close(weights, own, atol=router.DOUBLE_TOLERANCE, what="expert_weights")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Functions leave their inputs as they were; a caller may still need them.
""" # END TEST CONFIG
def test_inputs_stay_as_they_were(router_probabilities, select_experts):
    import torch
    from reference import checks, router

    hidden_states, router_weight = router.make_inputs(4, 16, 4, seed=22)
    probs = router.make_probs(4, 5, seed=23)
    before = [part.clone() for part in (hidden_states, router_weight, probs)]
    result = checks.tensor(router_probabilities(hidden_states, router_weight), (4, 4))
    weights, ids = select_experts(probs, 2)
    checks.tensor(ids, (4, 2))
    for rows in (result, checks.tensor(weights, (4, 2))):
        assert rows.std(dim=0).max() > 1e-4, "all tokens get the same"
    for old, new in zip(before, (hidden_states, router_weight, probs), strict=True):
        assert torch.equal(old, new), "an input was changed"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A top_k outside 1..num_experts, or two different values of d_model, is a ValueError that names the argument.
""" # END TEST CONFIG
def test_arguments_out_of_range(router_probabilities, select_experts):
    from reference import checks, router

    hidden_states, router_weight = router.make_inputs(3, 8, 4, seed=24)
    probs = router.make_probs(3, 4, seed=25)
    checks.tensor(router_probabilities(hidden_states, router_weight), (3, 4))
    checks.tensor(select_experts(probs.clone(), 4)[1], (3, 4))
    for top_k in (0, -1, 5):
        checks.rejects(select_experts, probs, top_k, naming="top_k")
    names = ("hidden_states", "router_weight", "d_model")
    checks.rejects(router_probabilities, hidden_states, router_weight[:, :7], naming=names)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# One chart for each of the five inputs. The blue bars are the two chosen experts, and the number above such a bar is the weight of the expert.

# %%
hidden_states, router_weight = make_inputs()
try:
    router_probs = router_probabilities(hidden_states, router_weight)
    expert_weights, expert_ids = select_experts(router_probs, 2)
    heights = router_probs.tolist()
    chosen = [dict(zip(*row, strict=True)) for row in zip(expert_ids.tolist(), expert_weights.tolist(), strict=True)]
    tops = [[heights[token][expert] for expert in row] for token, row in enumerate(chosen)]
except Exception:
    print("Fill in router_probabilities and select_experts above, then run this cell again.")
else:
    figure, axes = plt.subplots(1, 5, figsize=(10, 2.8), sharey=True, layout="constrained")
    for token, axis in enumerate(axes):
        bars = axis.bar(range(4), heights[token], color="#D0D0D0", edgecolor="#808080")
        for (expert, weight), top in zip(chosen[token].items(), tops[token], strict=True):
            bars[expert].set(facecolor="#0072B2", edgecolor="#003A5D")
            axis.annotate(f"{weight:.2f}", (expert, top), ha="center", va="bottom")
        axis.set(title=f"input {token + 1}", xticks=range(4), xlabel="expert", ylim=(0, 1))
        axis.grid(False, axis="x")
        axis.set_axisbelow(True)
    axes[0].set_ylabel("router probability")
    figure.suptitle("Blue: the two chosen experts. Above the bar: the weight of the expert")
    plt.show()
    pairs = [tuple(sorted(row)) for row in chosen]
    print("Chosen pairs:", ", ".join(f"input {i + 1} {pair}" for i, pair in enumerate(pairs)))
    print(f"{len(set(pairs))} different pairs among five inputs. Compare this with your prediction.")

# %% [markdown]
# How large is the machine that decides this? The next cell compares it with one attention head of the same width.

# %%
num_experts, d_model, head_dim = 4, 64, 16
router_size = num_experts * d_model
head_size = 4 * d_model * head_dim
print(f"router: {router_size} weights in one matrix")
print(f"one attention head (head_dim {head_dim}): {head_size:,} weights in four matrices: Q, K, V, output")
print(f"The router is {head_size // router_size} times smaller, and it looks at one token at a time.")

# %% [markdown]
# ### What you saw
# Nobody told the router what the experts are for, and it was never trained; still the inputs spread over several pairs, because each hidden state agrees best with other rows of the router. The decision costs one small matrix product for each token. It needs no keys, no values and no other tokens, so a router is simpler than a single attention head. All that training has to do later is turn these rows into useful directions.
