# %% [markdown]
# ## 2. A layer of experts
#
# **Supported.** Four feed-forward networks stand side by side, and each token passes through two of them. How many parameters must be stored, and how many do work for one token?
#
# First what a token gets. Say the router scores the four experts 2, 1, 0 and -1, the top two are experts 0 and 1, and their weights are 0.731 and 0.269. The token then leaves the layer as
#
# $$y = 0.731 \cdot E_0(x) + 0.269 \cdot E_1(x),$$
#
# where $x$ is the token's hidden state and $E_i(x)$ what expert $i$ makes of it.
#
# Experts 2 and 3 are not asked. This is no ensemble in which all members vote: what the other two would have said is never computed, for this token.
#
# Then the sizes. With `d_model=64` numbers in a hidden state and `d_ff=256` inside the network, one dense feed-forward network (FFN) has 64 * 256 + 256 parameters in its first half and 256 * 64 + 64 in its second: **33,088**. An expert is such a network. The layer holds four of them and a router.

# %% [raw]
# # BEGIN QUESTION
# name: moe_layer

# %% [markdown]
# ### Predict before you run
# Mixtral replaces the feed-forward network in each of its 32 blocks by such a layer, with 8 experts, and uses 2 of them for each token. What share of the whole model's parameters works for one token: `"below"`, `"at"` or `"above"` 1/4? And what decides it: `"router"` (the router's own parameters), `"shared"` (parts of the model that exist once and work for every token) or `"idle"` (experts that no token of a batch chooses)? Write a pair, such as `("at", "router")`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_moe_layer = ("above", "shared")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# The expert is given. Write the layer and the count.
#
# * `__init__`: a `router` (`nn.Linear` from `d_model` to `num_experts`, without bias) and `experts` (an `nn.ModuleList` of `num_experts` separate `FeedForward` objects). Both names are used by the tests. A `top_k` outside 1..`num_experts` is a `ValueError` that names `top_k`.
# * `forward`: the router's scores become probabilities, the `top_k` largest of each token are kept and divided by their sum. Then either go through the tokens and ask the experts of each, or go through the experts and find the rows that chose this one; `torch.where` of a condition gives you the row and column numbers. The second way runs each expert once, on all of its tokens together.
# * Several experts add to the same row of the output, and several tokens may choose the same expert. An expert may also have no token at all, and a batch may hold one token or none.
# * An expert runs on the tokens that chose it and on no others. Running all experts and then multiplying by zero, masking or picking the right answers saves no work. The given expert counts in `rows_seen` how many tokens it was run on. None of the checks below reads it: the look cell prints it, and a later test asks for it.
# * The layer is there to be trained, so a gradient must flow from the output through the weights to the router, and through the chosen experts back to the hidden states. `.item()`, `.detach()` or numpy on the way cut it off.
# * All of this works in the precision that comes in: after `layer.double()`, double precision in gives double precision out.
# * `parameter_counts`: `sum(p.numel() for p in module.parameters())` counts a module. Which of the parts work for every token, and which for those that chose them?

# %%
class FeedForward(nn.Module):
    """One expert: (num_tokens, d_model) -> (num_tokens, d_model)."""

    def __init__(self, d_model, d_ff):
        super().__init__()
        self.up = nn.Linear(d_model, d_ff)
        self.down = nn.Linear(d_ff, d_model)
        self.rows_seen = 0  # tokens that this expert was run on so far

    def forward(self, hidden_states):
        self.rows_seen += hidden_states.shape[:-1].numel()
        return self.down(F.gelu(self.up(hidden_states)))

# %% [raw]
# # BEGIN SOLUTION

# %%
class MoELayer(nn.Module):
    """A router and num_experts feed-forward networks; each token uses top_k of them."""

    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        # BEGIN SOLUTION
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))
        # END SOLUTION

    def forward(self, hidden_states):
        """(num_tokens, d_model) -> (num_tokens, d_model)"""
        # BEGIN SOLUTION
        router_probs = torch.softmax(self.router(hidden_states), dim=1)
        expert_weights, expert_ids = router_probs.topk(self.top_k, dim=1)
        expert_weights = expert_weights / expert_weights.sum(dim=1, keepdim=True)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(expert_ids == number)
            if len(rows):
                answer = expert(hidden_states[rows]) * expert_weights[rows, slots, None]
                output = output.index_add(0, rows, answer)
        return output
        # END SOLUTION


def parameter_counts(layer):
    """Return (total, active_per_token), two ints.

    total: all parameters of the MoELayer; active_per_token: those that work for one token.
    """
    # BEGIN SOLUTION
    total = sum(p.numel() for p in layer.parameters())
    idle_experts = layer.experts[layer.top_k :]
    return total, total - sum(p.numel() for p in idle_experts.parameters())
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_moe_layer):
    answer = prediction_moe_layer
    pair = type(answer) in (tuple, list) and len(answer) == 2
    said = "still `...`" if answer is ... else repr(answer)
    reasons = ("router", "shared", "idle")
    assert pair and answer[0] in ("below", "at", "above") and answer[1] in reasons, (
        f"prediction_moe_layer is {said}; write a pair: 'below', 'at' or 'above', then 'router', "
        "'shared' or 'idle', in brackets."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_parts_and_shapes(MoELayer):
    import torch

    layer = MoELayer()
    shapes = {name: tuple(value.shape) for name, value in layer.state_dict().items()}
    for name, expected in (
        ("router.weight", (4, 64)), ("experts.0.up.weight", (256, 64)), ("experts.3.down.weight", (64, 256))
    ):
        held = f"holds {name} with shape {shapes[name]}" if name in shapes else f"has no parameter {name}"
        hint = " Experts in an nn.ModuleList belong to the layer, in a plain list they do not."
        assert shapes.get(name) == expected, (
            f"MoELayer() {held}; expected shape {expected}.{hint if name[0] == 'e' else ''}"
        )
    assert "router.bias" not in shapes, "MoELayer() holds router.bias; expected a router without bias."
    generator = torch.Generator().manual_seed(6)
    layer.router.load_state_dict({"weight": torch.randn(4, 64, generator=generator)}, strict=False)
    result = layer(torch.randn(8, 64, generator=generator))
    assert hasattr(result, "shape"), f"MoELayer()(hidden_states) returned {described(result)}; expected a tensor."
    assert tuple(result.shape) == (8, 64), (
        f"MoELayer()(hidden_states) of 8 tokens has shape {tuple(result.shape)}; expected (8, 64)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1.25
""" # END TEST CONFIG
def test_two_tokens_with_known_experts(MoELayer):
    import torch

    layer = MoELayer(d_model=4, d_ff=3, num_experts=4, top_k=2)
    layer.router.load_state_dict({"weight": torch.eye(4), "bias": torch.zeros(4)}, strict=False)
    for number in range(4):
        weights = {"up.weight": torch.zeros(3, 4), "up.bias": torch.zeros(3), "down.weight": torch.zeros(4, 3)}
        layer.experts[number].load_state_dict({**weights, "down.bias": torch.eye(4)[number]})
    call = (
        "with router scores 2, 1, 0, -1 for one token and 0, 0.5, 2, 3 for another, and with experts "
        "that answer (1,0,0,0), (0,1,0,0), (0,0,1,0) and (0,0,0,1), the layer"
    )
    result = layer(torch.tensor([[2.0, 1.0, 0.0, -1.0], [0.0, 0.5, 2.0, 3.0]]))
    assert hasattr(result, "shape"), f"{call} returned {described(result)}; expected a tensor."
    assert tuple(result.shape) == (2, 4), f"{call} returned shape {tuple(result.shape)}; expected (2, 4)."
    expected = [[0.7311, 0.2689, 0.0, 0.0], [0.0, 0.0, 0.2689, 0.7311]]
    shown = [[round(number, 4) for number in row] for row in result.tolist()]
    assert torch.allclose(torch.as_tensor(result).float(), torch.tensor(expected), atol=1e-4), (
        f"{call} returned {shown}; expected about {expected}."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_counts_of_a_small_layer(MoELayer, parameter_counts):
    layer = MoELayer(d_model=8, d_ff=16, num_experts=4, top_k=2)
    result = parameter_counts(layer)
    call = "parameter_counts(MoELayer(d_model=8, d_ff=16, num_experts=4, top_k=2))"
    pair = type(result) in (tuple, list) and len(result) == 2
    assert pair and all(hasattr(number, "__float__") for number in result), (
        f"{call} returned {described(result)}; expected two numbers, (total, active_per_token)."
    )
    assert [float(number) for number in result] == [1152, 592], (
        f"{call} returned ({result[0]}, {result[1]}); expected (1152, 592): an expert has 280 "
        "parameters, the router 32."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token leaves the layer as the weighted sum of its chosen experts' outputs, and nothing else.
""" # END TEST CONFIG
def test_output_of_new_layers(MoELayer):
    from reference import moe_layer

    for d_model, d_ff, num_experts, num_tokens, seed in ((12, 20, 4, 9, 1), (7, 6, 6, 11, 2)):
        moe_layer.check_sum_of_experts(MoELayer, d_model, d_ff, num_experts, num_tokens, seed)

# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A token is work for top_k experts and for no other; all experts together run on num_tokens times top_k rows.
""" # END TEST CONFIG
def test_experts_run_on_the_rows_that_chose_them(MoELayer):
    from reference import moe_layer

    for num_experts, top_k in ((5, 2), (7, 3)):
        own = moe_layer.make_layer(6, 8, num_experts, top_k, seed=24)
        layer = moe_layer.load(MoELayer(6, 8, num_experts, top_k), own)
        moe_layer.answer(layer, moe_layer.make_hidden_states(own, top_k, seed=25))
        rows = sum(layer.experts[number].rows_seen for number in range(num_experts))
        assert rows <= top_k * top_k, f"{rows} rows for {top_k} tokens with top_k {top_k}"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: What an expert would say counts only for the tokens that chose it, so a broken expert spoils no other token.
""" # END TEST CONFIG
def test_experts_that_were_not_chosen(MoELayer):
    import torch
    from reference import moe_layer

    own = moe_layer.make_unit_layer(num_experts=5, top_k=2)
    layer = moe_layer.load(MoELayer(7, 4, 5, 2), own, broken_expert=2)
    scores = torch.tensor([[3.0, 3.5, -3.0, 0.0, 0.5], [0.0, 0.5, -3.0, 3.5, 3.0]])
    moe_layer.answer(layer, moe_layer.with_scores(scores))

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The weights of a token's chosen experts add up to 1.
""" # END TEST CONFIG
def test_weights_make_a_whole(MoELayer):
    from reference import checks, moe_layer

    layer = moe_layer.load(MoELayer(6, 4, 4, 2), moe_layer.make_unit_layer(4, top_k=2))
    scores = moe_layer.make_scores(10, 4, seed=3)
    output = checks.tensor(layer(moe_layer.with_scores(scores)), (10, 6))
    sums = output.sum(dim=1)
    checks.close(sums, sums.new_ones(10), atol=moe_layer.TOLERANCE, what="sum of the weights")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The more probable of a token's two experts counts for more, in proportion to the router's probabilities.
""" # END TEST CONFIG
def test_weights_follow_the_router(MoELayer):
    from reference import checks, moe_layer

    layer = moe_layer.load(MoELayer(6, 4, 4, 2), moe_layer.make_unit_layer(4, top_k=2))
    scores = moe_layer.make_scores(10, 4, seed=4)
    largest, ids = scores.double().topk(2, dim=1)
    ratio = (largest[:, 1] - largest[:, 0]).exp()
    for row, token in enumerate(moe_layer.one_by_one(moe_layer.with_scores(scores))):
        first, second = checks.tensor(layer(token), (1, 6))[0, ids[row]]
        assert first > 0, "the most probable expert has no weight"
        checks.close(second, first * ratio[row], atol=moe_layer.TOLERANCE, what="second weight")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Each token chooses for itself; two tokens of one batch may use quite different experts.
""" # END TEST CONFIG
def test_each_token_has_its_own_experts(MoELayer):
    from reference import moe_layer

    layer = moe_layer.load(MoELayer(8, 4, 6, 2), moe_layer.make_unit_layer(6, top_k=2))
    for seed in range(5, 11):
        pair = moe_layer.with_scores(moe_layer.make_scores(2, 6, seed))
        together = moe_layer.answer(layer, pair)
        for row, token in enumerate(moe_layer.one_by_one(pair)):
            alone = moe_layer.answer(layer, token)
            used, own = ({*rows.nonzero().flatten().tolist()} for rows in (together[row], alone[0]))
            assert used <= own, "a token uses other experts in company than alone"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A token uses exactly top_k experts, be it one, three or all of them.
""" # END TEST CONFIG
def test_other_values_of_top_k(MoELayer):
    from reference import checks, moe_layer

    for top_k in (1, 3, 5):
        layer = moe_layer.load(MoELayer(7, 4, 5, top_k), moe_layer.make_unit_layer(5, top_k))
        scores = moe_layer.make_scores(4, 5, seed=6)
        for token in moe_layer.one_by_one(moe_layer.with_scores(scores)):
            output = checks.tensor(layer(token), (1, 7))
            assert int((output != 0).sum()) == top_k, "another number of experts"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Every row of the output belongs to the token in the same row; tokens in another order give the same rows in that order.
""" # END TEST CONFIG
def test_tokens_in_another_order(MoELayer):
    import torch
    from reference import checks, moe_layer

    own = moe_layer.make_layer(10, 14, 4, 2, seed=7)
    hidden_states = moe_layer.make_hidden_states(own, 12, seed=8)
    layer = moe_layer.load(MoELayer(10, 14, 4, 2), own)
    order = torch.randperm(12, generator=torch.Generator().manual_seed(9))
    straight = moe_layer.answer(layer, hidden_states)
    result = layer(hidden_states[order])
    checks.close(result, straight[order], atol=moe_layer.TOLERANCE, what="output")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The experts are separate networks, each with parameters of its own that belong to the layer.
""" # END TEST CONFIG
def test_experts_are_separate(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(6, 5, 3, 2, seed=10)
    state = moe_layer.load(MoELayer(6, 5, 3, 2), own).state_dict()
    for name, value in own.state_dict().items():
        assert name in state, f"{name} is no parameter of the layer"
        checks.close(state[name], value, atol=moe_layer.TOLERANCE, what=name)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The total counts everything the layer stores, weights and biases of all experts and the router, and no more.
""" # END TEST CONFIG
def test_stored_parameters(MoELayer, parameter_counts):
    from reference import checks, moe_layer

    for sizes in ((64, 256, 4, 2), (6, 10, 5, 1), (8, 3, 3, 3)):
        total = parameter_counts(MoELayer(*sizes))[0]
        checks.integer(total, moe_layer.counts_of_sizes(*sizes)[0], what="total")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Of the experts exactly top_k work for a token, and the router works for every token as a whole.
""" # END TEST CONFIG
def test_working_parameters(MoELayer, parameter_counts):
    from reference import checks, moe_layer

    for sizes in ((), (6, 10, 5, 1), (8, 3, 7, 3)):
        active = parameter_counts(MoELayer(*sizes))[1]
        checks.integer(active, moe_layer.counts_of_sizes(*sizes)[1], what="active_per_token")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The router learns through the weights, so a gradient of the output must reach it.
""" # END TEST CONFIG
def test_the_router_can_learn(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 10, 4, 2, seed=11)
    hidden_states = moe_layer.make_hidden_states(own, 2, seed=12)
    layer = moe_layer.load(MoELayer(8, 10, 4, 2), own)
    direction = moe_layer.make_direction(2, 8, seed=13)
    layer(hidden_states).backward(direction)
    gradient = layer.router.weight.grad
    assert gradient is not None, "no gradient reaches the router"
    gradient = checks.tensor(gradient, (4, 8))
    assert gradient.abs().max() > 1e-4, "the router's gradient is 0"
    way = (gradient / gradient.norm()).float()
    slope = moe_layer.slope_of_router(layer, hidden_states, direction, way)
    claimed = float(gradient.norm())
    assert abs(slope - claimed) < moe_layer.SLOPE_TOLERANCE * claimed, "not the output's gradient"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Chosen experts learn, and so do the layers below; the gradient flows through the experts back to the hidden states.
""" # END TEST CONFIG
def test_the_experts_pass_gradients_on(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 10, 4, 2, seed=14, unseen_channel=7)
    leaf = moe_layer.make_hidden_states(own, 2, seed=15).requires_grad_()
    layer = moe_layer.load(MoELayer(8, 10, 4, 2), own)
    direction = moe_layer.make_direction(2, 8, seed=16)
    layer(leaf).backward(direction)
    assert leaf.grad is not None, "no gradient reaches the hidden states"
    through_experts = checks.tensor(leaf.grad, (2, 8))[:, 7]
    assert bool((through_experts.abs() > 1e-5).any()), "no gradient flows through the experts"
    claimed = float(through_experts.norm())
    way = (through_experts / claimed).float()
    slope = moe_layer.slope_of_channel(layer, leaf.detach(), direction, 7, way)
    assert abs(slope - claimed) < moe_layer.SLOPE_TOLERANCE * claimed, "not the output's gradient"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A batch may hold a single token, or none, and an expert may be chosen by nobody.
""" # END TEST CONFIG
def test_batches_of_one_and_none(MoELayer):
    import torch
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 6, 5, 2, seed=17)
    layer = moe_layer.load(MoELayer(8, 6, 5, 2), own)
    for token in moe_layer.one_by_one(moe_layer.make_hidden_states(own, 2, seed=18)):
        moe_layer.answer(layer, token)
    checks.tensor(layer(torch.zeros(0, 8)), (0, 8))

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A layer in double precision works in double precision from end to end.
""" # END TEST CONFIG
def test_double_precision(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 6, 4, 2, seed=19)
    hidden_states = moe_layer.make_hidden_states(own, 2, seed=20).double()
    step = moe_layer.make_direction(2, 8, seed=21).double()
    layer = MoELayer(8, 6, 4, 2)
    layer.double()
    checks.keeps_double(moe_layer.load(layer, own), hidden_states, step)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The layer leaves the hidden states it was given as they were.
""" # END TEST CONFIG
def test_inputs_stay_as_they_were(MoELayer):
    import torch
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 6, 4, 2, seed=21)
    hidden_states = moe_layer.make_hidden_states(own, 2, seed=22)
    layer = moe_layer.load(MoELayer(8, 6, 4, 2), own)
    before = hidden_states.clone()
    with torch.no_grad():
        output = checks.tensor(layer(hidden_states))
    assert torch.equal(before, hidden_states), "the input was changed"
    assert not torch.equal(output, before.double()), "the layer does nothing"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A top_k outside 1..num_experts is a ValueError that names top_k.
""" # END TEST CONFIG
def test_arguments_out_of_range(MoELayer):
    from reference import checks, moe_layer

    moe_layer.load(MoELayer(4, 6, 3, 3), moe_layer.make_layer(4, 6, 3, 3, seed=23))
    for top_k in (0, -1, 4):
        checks.rejects(MoELayer, 4, 6, 3, top_k, naming="top_k")

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Stored and working parameters of your layer, beside two dense networks: one as large as a single expert, and one about as large as all four together.

# %%
def dense_size(d_ff, d_model=64):
    """Parameters of a dense feed-forward network."""
    return sum(p.numel() for p in FeedForward(d_model, d_ff).parameters())


def draw_counts(stored, active):
    """Bars of the stored and the working parameters of your layer, between two dense networks."""
    names = ["dense FFN\nd_ff = 256", "your MoE, 4 experts\nof d_ff = 256, top 2", "dense FFN\nd_ff = 1024"]
    bars = {
        "stored in memory": ([dense_size(256), stored, dense_size(1024)], "#56B4E9", ""),
        "working for one token": ([dense_size(256), active, dense_size(1024)], "#D55E00", "//"),
    }
    figure, axis = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    for shift, (label, (counts, color, hatch)) in zip((-0.2, 0.2), bars.items(), strict=True):
        places = [place + shift for place in range(3)]
        drawn = axis.bar(places, counts, 0.38, label=label, color=color, hatch=hatch, edgecolor="white")
        axis.bar_label(drawn, [f"{count:,}" for count in counts], padding=2, fontsize=9)
    axis.set(xticks=range(3), xticklabels=names, ylabel="parameters", title="What is stored and what works")
    axis.margins(y=0.25)
    axis.grid(False, axis="x")
    axis.set_axisbelow(True)
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.legend(loc="upper center", ncols=2, frameon=False)
    plt.show()


with look("MoELayer", "parameter_counts"):
    layer = MoELayer()
    counts = parameter_counts(layer)
    pair = type(counts) in (tuple, list) and len(counts) == 2
    if not pair or not all(hasattr(count, "__int__") for count in counts):
        raise TypeError(f"parameter_counts returned {counts!r}; expected two numbers")
    stored, active = (int(count) for count in counts)
    draw_counts(stored, active)
    dense = dense_size(256)
    for d_ff in (256, 512, 1024):
        print(f"Dense FFN, d_ff = {d_ff}: {dense_size(d_ff):,} stored, and all of them work for a token.")
    print(f"Your layer stores {stored:,} = {stored / dense:.2f} dense FFNs and works with {active:,} = "
          f"{active / dense:.2f} of them for one token: {active / stored:.3f} of what it stores.")
    held = sum(p.numel() for p in layer.parameters())
    if held != stored:
        print(f"But the layer itself holds {held:,} parameters, not {stored:,}: the count or the layer is wrong.")
    if active > stored:
        print("More is at work than is stored: some experts do not belong to the layer, or are the same one.")

# %% [markdown]
# Which experts do eight random tokens use, and on how many rows does each expert really run? The next cell makes expert 0 answer with (1, 0, 0, ...), expert 1 with (0, 1, 0, ...) and so on, whatever the token is. Then the output of your layer shows the weights themselves, and `rows_seen` shows the work.

# %%
def draw_shares(shares, rows_seen):
    """A table of weights: one column for each token, one row for each expert."""
    figure, axis = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    image = axis.imshow(shares.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for token, row in enumerate(shares.tolist()):
        for number, share in enumerate(row):
            color = "white" if share > 0.6 else "black"
            axis.text(token, number, f"{share:.2f}" if share else "0", ha="center", va="center", color=color)
    labels = [f"expert {number}\nran on {rows} rows" for number, rows in enumerate(rows_seen)]
    axis.set(xticks=range(8), yticks=range(4), yticklabels=labels, xlabel="token")
    axis.set_title("Weight of each expert in the output of each token")
    axis.grid(False)
    figure.colorbar(image, ax=axis, label="weight")
    plt.show()


with look("MoELayer"):
    torch.manual_seed(3)
    probe = MoELayer()
    hidden_states = 2 * torch.randn(8, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        for number, expert in enumerate(probe.experts):
            for parameter in expert.parameters():
                parameter.zero_()
            expert.down.bias[number] = 1.0
        shares = expect("MoELayer()(hidden_states)", probe(hidden_states), 8, 64)[:, :4]
    rows_seen = [expert.rows_seen for expert in probe.experts]
    draw_shares(shares, rows_seen)
    chosen = (shares != 0).sum(dim=0).tolist()
    for token, row in enumerate(shares.tolist()):
        weighed = ", ".join(f"expert {number} with weight {share:.2f}" for number, share in enumerate(row) if share)
        print(f"token {token} uses {weighed or 'no expert'}")
    print(f"Tokens that use expert 0, 1, 2, 3: {chosen}, together {sum(chosen)}")
    print(f"Rows that expert 0, 1, 2, 3 ran on: {rows_seen}, together {sum(rows_seen)}")
    used = sorted(set((shares != 0).sum(dim=1).tolist()))
    if used != [2]:
        print(f"top_k is 2, but a token here uses {' or '.join(map(str, used))} experts.")
    if len({id(expert) for expert in probe.experts}) < 4:
        print("Some of your experts are one and the same object, so they share weights and rows.")
    elif sum(rows_seen) == 0:
        print("No expert's forward was called, so the rows could not be counted.")
    elif sum(rows_seen) > sum(chosen):
        print("Experts ran on tokens that do not use them: this is the work that an MoE layer saves.")
    if not torch.allclose(shares.sum(dim=1), torch.ones(8), atol=1e-4):
        print("The weights of a token do not sum to 1; they should.")

# %% [markdown]
# And Mixtral? The next cell splits its 46.7 billion parameters into eight experts and the rest, from its published sizes.

# %%
blocks, d_model, d_ff, num_experts, total = 32, 4096, 14_336, 8, 46_702_792_704
one_expert = blocks * 3 * d_model * d_ff  # three matrices in each block
routers = blocks * num_experts * d_model
shared = total - num_experts * one_expert - routers
at_work = 2 * one_expert + routers + shared
print(f"one expert, all blocks: {one_expert / 1e9:.2f} billion; eight of them: {8 * one_expert / 1e9:.2f} billion")
print(f"attention, embeddings and norms, once for all tokens: {shared / 1e9:.2f} billion; routers: {routers / 1e9:.3f} billion")
print(f"at work for one token: 2 * {one_expert / 1e9:.2f} + {shared / 1e9:.2f} = {at_work / 1e9:.2f} billion, "
      f"which is {at_work / total:.3f} of {total / 1e9:.2f} billion")
print("Your prediction:", predicted("moe_layer"))

# %% [markdown]
# ### What you saw
# For one token half of the experts stay idle, so the work is that of a network half the size. But another token calls on the others, and nobody knows beforehand on which, so all of them must be in memory. More parameters do not mean more computation in proportion: the layer stores about as many as the large dense network and does about half its work. A dense network of as little work, `d_ff = 512`, has only half as many parameters in which to keep what it learns.
#
# Mixtral's share at work is a little above 2/8, because attention and embeddings exist once and work for every token; the routers are too small to matter, and which experts a batch leaves idle changes nothing for one token. The same shared parts are why eight times 7 billion is not 56: only the feed-forward networks exist eight times.
