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
# Five inputs, each a vector of 64 random numbers, meet one router with four experts. The router has never been trained. Will all five inputs choose the same pair of experts? Answer `"same"` (one pair for all five) or `"different"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_router = "different"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Replace each `...` by one expression. `widths_differ` and `top_k_out_of_range` are True when something is wrong; the `raise` lines below them are already written.
#
# * `hidden_states` has one token in each row, `router_weight` one expert in each row. The logits have one token in each row and one expert in each column.
# * `torch.softmax` needs to know along which dimension the numbers shall add up to 1.
# * `torch.topk` returns an object with `.values` and `.indices`, the largest first. Again the dimension matters. For a division row by row, `keepdim=True` keeps the shapes compatible.
# * Work in the precision that comes in: double precision in gives double precision out.

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
    widths_differ = hidden_states.shape[1] != router_weight.shape[1]  # SOLUTION
    if widths_differ:
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
    top_k_out_of_range = not 1 <= top_k <= num_experts  # SOLUTION
    if top_k_out_of_range:
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
    answer = "still `...`" if prediction_router is ... else repr(prediction_router)
    assert prediction_router in ("same", "different"), (
        f"prediction_router is {answer}; write 'same' or 'different' there."
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
    try:
        result = router_probabilities(hidden_states, router_weight)
    except ValueError as error:
        raise AssertionError(
            f"{call} raised ValueError: {error}; expected probabilities, since both have rows of 2 "
            "numbers. Is `widths_differ` still `...`, or the wrong way round?"
        ) from None
    assert result is not ..., "router_probabilities still has `...` in it; fill in all three lines."
    assert hasattr(result, "shape"), f"{call} returned {described(result)}; expected a tensor."
    assert tuple(result.shape) == (2, 4), (
        f"{call} has shape {tuple(result.shape)}; expected (2, 4), one row for each token."
    )
    expected = torch.tensor([[0.6439, 0.2369, 0.0871, 0.0321], [0.0321, 0.0871, 0.2369, 0.6439]])
    shown = [[round(share, 4) for share in row] for row in result.tolist()]
    wanted = [[round(share, 4) for share in row] for row in expected.tolist()]
    assert torch.allclose(torch.as_tensor(result).double(), expected.double(), atol=1e-4), (
        f"{call} returned {shown}; expected about {wanted}, where each row sums to 1."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1.5
""" # END TEST CONFIG
def test_two_of_four_experts(select_experts):
    import torch

    router_probs = torch.tensor([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.1875, 0.4125]])
    call = "select_experts([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.1875, 0.4125]], 2)"
    try:
        result = select_experts(router_probs, 2)
    except ValueError as error:
        raise AssertionError(
            f"{call} raised ValueError: {error}; expected weights and ids, since 2 of 4 experts are "
            "possible. Is `top_k_out_of_range` still `...`, or the wrong way round?"
        ) from None
    assert type(result).__name__ in ("tuple", "list", "topk") and len(result) == 2, (
        f"{call} returned {described(result)}; expected two tensors, expert_weights and expert_ids."
    )
    for name, part in zip(("expert_weights", "expert_ids"), result, strict=True):
        assert part is not ..., f"{name} is still `...`; fill in all five lines of select_experts."
        assert hasattr(part, "shape"), f"{call} returned {described(part)} for {name}; expected a tensor."
        assert tuple(part.shape) == (2, 2), (
            f"{call}: {name} has shape {tuple(part.shape)}; expected (2, 2), one row for each token."
        )
    weights, ids = result
    assert ids.tolist() == [[0, 1], [3, 1]], (
        f"{call} chose the experts {ids.tolist()}; expected [[0, 1], [3, 1]], counted from 0."
    )
    expected = torch.tensor([[0.75, 0.25], [0.5789, 0.4211]])
    shown = [[round(weight, 4) for weight in row] for row in weights.tolist()]
    assert torch.allclose(torch.as_tensor(weights).double(), expected.double(), atol=1e-4), (
        f"{call} returned the weights {shown}; expected about [[0.75, 0.25], [0.5789, 0.4211]], "
        "where each row sums to 1."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_five_inputs_end_to_end(router_probabilities, select_experts):
    import torch

    generator = torch.Generator().manual_seed(5)
    hidden_states = torch.randn(5, 64, generator=generator)
    router_weight = torch.randn(4, 64, generator=generator) / 8
    result = router_probabilities(hidden_states, router_weight)
    assert result is not ..., "router_probabilities still has `...` in it; fill in all three lines."
    parts = {"router_probs": (result, (5, 4))}
    if tuple(getattr(result, "shape", ())) == (5, 4):
        pair = select_experts(torch.as_tensor(result).clone(), 2)
        assert type(pair).__name__ in ("tuple", "list", "topk") and len(pair) == 2, (
            f"select_experts of five inputs returned {described(pair)}; expected two tensors."
        )
        try:
            select_experts(torch.as_tensor(result)[:1].clone(), 2)
        except ValueError as error:
            raise AssertionError(
                f"select_experts of one input and four experts, top_k 2, raised ValueError: {error}; "
                "expected none, since the number of inputs does not matter."
            ) from None
        weights, ids = pair
        parts |= {"expert_weights": (weights, (5, 2)), "expert_ids": (ids, (5, 2))}
    for name, (part, shape) in parts.items():
        assert part is not ..., f"{name} of five inputs is still `...`; fill in all five lines of select_experts."
        assert hasattr(part, "shape"), f"{name} of five inputs is {described(part)}; expected a tensor."
        assert tuple(part.shape) == shape, (
            f"{name} of five inputs has shape {tuple(part.shape)}; expected {shape} with four "
            "experts and top_k 2."
        )
    for name in ("router_probs", "expert_weights"):
        sums = torch.as_tensor(parts[name][0]).double().sum(dim=1)
        assert torch.allclose(sums, torch.ones(5, dtype=torch.float64), atol=1e-4), (
            f"the rows of {name} sum to {[round(x, 4) for x in sums.tolist()]}; expected 1 each."
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
points: 0.5
hidden: true
failure_message: The number of experts is the number of rows of router_weight; nothing in the code may assume four of them.
""" # END TEST CONFIG
def test_other_numbers_of_experts(router_probabilities, select_experts):
    from reference import checks, router

    for num_experts, seed in ((2, 3), (7, 4)):
        inputs = router.make_inputs(6, 24, num_experts, seed)
        checks.tensor(router_probabilities(*inputs), (6, num_experts))
        tokens = router.one_by_one(select_experts, router.make_probs(12, num_experts, seed), 2)
        highest = max(max(ids) for _, ids in tokens)
        assert highest > (num_experts - 1) // 2, "the experts of the second half are never used"

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: What one token gets does not depend on the other tokens of the batch; each token has its own probabilities, experts and weights.
""" # END TEST CONFIG
def test_a_token_alone_and_in_company(router_probabilities, select_experts):
    from reference import checks, router

    hidden_states, router_weight = router.make_inputs(6, 20, 4, seed=5)
    together = checks.tensor(router_probabilities(hidden_states, router_weight), (6, 4))
    checks.varies(together)
    for row in range(6):
        alone = router_probabilities(hidden_states[row : row + 1], router_weight)
        checks.close(alone, together[row : row + 1], atol=router.TOLERANCE, what="router_probs")
    probs = router.make_probs(6, 4, seed=6)
    weights, ids = (checks.tensor(part, (6, 2)) for part in select_experts(probs.clone(), 2))
    checks.varies(weights)
    for row, (own_weights, own_ids) in enumerate(router.one_by_one(select_experts, probs, 2)):
        checks.close(weights[row], own_weights, atol=router.TOLERANCE, what="weights")
        assert ids[row].tolist() == own_ids, "the experts differ"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Only the differences between a token's scores matter, so scores of ten thousand must give the same probabilities as the same scores near zero.
""" # END TEST CONFIG
def test_scores_far_from_zero(router_probabilities):
    from reference import checks, router

    near, far, router_weight = router.make_shifted_inputs(seed=7)
    own = checks.tensor(router_probabilities(near, router_weight), (5, 4))
    assert own.std(dim=1).max() > 0.01, "the scores make no difference"
    for shifted in (far, -far):
        result = router_probabilities(near + shifted, router_weight)
        checks.close(result, own, atol=router.SHIFTED_TOLERANCE, what="router_probs")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: The chosen experts of a token are the ones with the largest probabilities in its row.
""" # END TEST CONFIG
def test_the_right_experts_are_chosen(select_experts):
    from reference import router

    for num_experts, seed in ((6, 8), (5, 9)):
        probs = router.make_probs(5, num_experts, seed)
        _, expected = router.select_experts(probs, 2)
        tokens = router.one_by_one(select_experts, probs, 2)
        for (_, ids), wanted in zip(tokens, expected.tolist(), strict=True):
            assert sorted(ids) == sorted(wanted), "other experts are chosen"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The most probable expert of a token stands first in its row, and so does its weight.
""" # END TEST CONFIG
def test_order_within_a_row(select_experts):
    import torch
    from reference import checks, router

    pairs = router.one_by_one(select_experts, router.make_probs(6, 5, seed=10), 2)
    checks.varies(torch.stack([weights for weights, _ in pairs]))
    for weights, ids in pairs:
        assert len(set(ids)) == 2, "a token uses one expert twice"
        assert bool((weights.diff() < 0).all()), "a smaller weight stands first"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Column j of expert_weights belongs to column j of expert_ids, and is proportional to that expert's probability.
""" # END TEST CONFIG
def test_weights_belong_to_their_experts(select_experts):
    from reference import checks, router

    probs = router.make_probs(6, 6, seed=11)
    for row, (weights, ids) in enumerate(router.one_by_one(select_experts, probs, 2)):
        assert min(ids) >= 0 and max(ids) < 6, "an id is no expert's number"
        assert weights.min() > 0, "a chosen expert has no weight"
        own = probs[row, ids].double()
        crossed = weights * own.flip(0)
        checks.close(crossed[0], crossed[1], atol=router.TOLERANCE, what="weight ratio")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The weights of a token's chosen experts add up to 1, whatever the probabilities of the experts left out.
""" # END TEST CONFIG
def test_weights_make_a_whole(select_experts):
    import torch
    from reference import checks, router

    probs = router.make_probs(8, 6, seed=12)
    weights = checks.tensor(select_experts(probs.clone(), 2)[0], (8, 2))
    pairs = router.one_by_one(select_experts, probs, 2)
    checks.varies(torch.stack([weights for weights, _ in pairs]))
    checks.close(weights.sum(dim=1), weights.new_ones(8), atol=router.TOLERANCE, what="row sum")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: A token may use one expert, three, or all of them; top_k decides, and what holds for two chosen experts holds for any number.
""" # END TEST CONFIG
def test_other_values_of_top_k(select_experts):
    import torch
    from reference import checks, router

    probs = router.make_probs(3, 5, seed=13)
    pairs = router.one_by_one(select_experts, probs, 2)
    checks.varies(torch.stack([weights for weights, _ in pairs]))
    whole = all(abs(float(weights.sum()) - 1) < router.TOLERANCE for weights, _ in pairs)
    for top_k in (1, 3, 5):
        for weights, ids in router.one_by_one(select_experts, probs, top_k):
            assert len(set(ids)) == top_k, "a token uses one expert twice"
            if whole:
                checks.close(weights.sum(), weights.new_ones(()), atol=router.TOLERANCE, what="sum")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: expert_ids are whole numbers (int64) that count the experts from 0, so that they can be used as an index.
""" # END TEST CONFIG
def test_ids_can_be_used_as_an_index(select_experts):
    import torch
    from reference import checks, router

    chosen = set()
    for token in router.make_probs(12, 4, seed=20).split(1):
        ids = checks.tensor(select_experts(token, 2)[1], (1, 2))
        assert ids.dtype == torch.int64, f"expert_ids are {ids.dtype}"
        chosen |= set(ids.flatten().tolist())
    assert chosen <= {0, 1, 2, 3}, "an id is no expert's number"
    assert len(chosen) > 1, "one id for all tokens"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Inputs in double precision give results in double precision; nothing on the way is rounded to single precision.
""" # END TEST CONFIG
def test_double_precision(router_probabilities, select_experts):
    import torch
    from reference import checks, router

    hidden_states, weight = router.make_inputs(5, 32, 4, seed=21, dtype=torch.float64)
    step, _ = router.make_inputs(5, 32, 4, seed=22, dtype=torch.float64)
    checks.keeps_double(lambda rows: router_probabilities(rows, weight), hidden_states, step)
    probs = router.make_probs(1, 6, seed=23).double()
    slope = router.make_probs(1, 6, seed=24).double()
    checks.keeps_double(lambda rows: select_experts(rows, 2)[0], probs, slope)

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
    probs = router.make_probs(1, 5, seed=23)
    before = [part.clone() for part in (hidden_states, router_weight, probs)]
    checks.tensor(router_probabilities(hidden_states, router_weight))
    checks.tensor(select_experts(probs, 2)[0])
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
    probs = router.make_probs(1, 4, seed=25)
    checks.tensor(router_probabilities(hidden_states, router_weight))
    checks.tensor(select_experts(probs.clone(), 4)[1])
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
# One chart for each of the five inputs. The bars are the router's probabilities; blue and hatched are the two chosen experts, with the weight w of each above its bar. A weight is larger than the height of its bar, since the two weights are the chosen probabilities scaled up to sum to 1.

# %%
with look("router_probabilities", "select_experts"):
    hidden_states, router_weight = make_inputs()
    router_probs = expect("router_probabilities", router_probabilities(hidden_states, router_weight), 5, 4)
    parts = select_experts(router_probs, 2)
    if not isinstance(parts, (tuple, list)) or len(parts) != 2:
        raise TypeError(f"select_experts returned {described(parts)}; expected two tensors")
    expert_weights = expect("select_experts (weights)", parts[0], 5, 2)
    expert_ids = expect("select_experts (ids)", parts[1], 5, 2).long()
    if not 0 <= int(expert_ids.min()) <= int(expert_ids.max()) < 4:
        raise ValueError(f"select_experts chose {expert_ids.tolist()}; four experts are numbered 0 to 3")
    figure, axes = plt.subplots(1, 5, figsize=(10, 3), sharey=True, layout="constrained")
    for token, axis in enumerate(axes):
        bars = axis.bar(range(4), router_probs[token], color="#D0D0D0", edgecolor="#808080")
        for expert, weight in zip(expert_ids[token].tolist(), expert_weights[token].tolist(), strict=True):
            bars[expert].set(facecolor="#0072B2", edgecolor="white", hatch="//")
            place = (expert, float(router_probs[token, expert]))
            axis.annotate(f"w {weight:.2f}", place, ha="center", va="bottom", fontsize=8)
        axis.set(title=f"input {token + 1}", xticks=range(4), xlabel="expert", ylim=(0, 1))
        axis.grid(False, axis="x")
        axis.set_axisbelow(True)
    axes[0].set_ylabel("router probability")
    plt.show()
    pairs = [tuple(sorted(row)) for row in expert_ids.tolist()]
    for token in range(5):
        shares = ", ".join(f"{share:.2f}" for share in router_probs[token].tolist())
        chosen = " + ".join(f"{weight:.2f}" for weight in expert_weights[token].tolist())
        print(f"input {token + 1}: probabilities {shares}, sum {float(router_probs[token].sum()):.2f}; "
              f"experts {' and '.join(map(str, expert_ids[token].tolist()))}, weights {chosen} = {float(expert_weights[token].sum()):.2f}")
    for name, rows in (("router_probs", router_probs), ("expert_weights", expert_weights)):
        if not torch.allclose(rows.double().sum(dim=1), torch.ones(5).double(), atol=1e-4):
            print(f"A row of {name} does not sum to 1; it should.")
    print(f"Different pairs among the five inputs: {len(set(pairs))}. Your prediction: {predicted('router')}.")

# %% [markdown]
# How large is the machine that decides this? The next cell compares it with one attention head in a model of the same `d_model`.

# %%
num_experts, d_model, head_dim = 4, 64, 16
router_size = num_experts * d_model
head_size = 4 * d_model * head_dim
print(f"router: {router_size} weights in one matrix")
print(f"one attention head (head_dim {head_dim}): {head_size:,} weights in four matrices: Q, K, V, output")
print(f"The router is {head_size // router_size} times smaller, and it looks at one token at a time.")

# %% [markdown]
# ### What you saw
# Nobody told the router what the experts are for, and it was never trained; still the inputs spread over several pairs. The reason is that different hidden states agree best with different rows of the router, even while those rows are random numbers. The decision costs one small matrix product for each token. It needs no keys, no values and no other tokens, so a router is simpler than a single attention head. All the router has to learn later is in which direction each of these rows should point.
