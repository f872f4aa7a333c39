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
# Take four experts of 33,088 parameters each, a router, and two experts a token. How many times 33,088 does the layer store, and how many times 33,088 work for one token? Answer with a pair of numbers `(stored, active)`, to the nearest whole multiple.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_moe_layer = (4, 2)  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# The expert is given. Write the layer and the count.
#
# * `__init__`: a `router` (`nn.Linear` from `d_model` to `num_experts`, without bias) and `experts` (an `nn.ModuleList` of `num_experts` separate `FeedForward` objects). Both names are used by the tests. A `top_k` outside 1..`num_experts` is a `ValueError` that names `top_k`.
# * `forward`: the router's scores become probabilities, the `top_k` largest of each token are kept and divided by their sum. Then either go through the tokens and ask the experts of each, or go through the experts and find the rows that chose this one; `torch.where` of a condition gives you the row and column numbers. The second way runs each expert once, on all of its tokens together.
# * Several experts add to the same row of the output, and several tokens may choose the same expert. An expert may also have no token at all, and a batch may hold one token or none.
# * An expert runs on the tokens that chose it and on no others. Multiplying the rest by zero afterwards saves no work.
# * `parameter_counts`: `sum(p.numel() for p in module.parameters())` counts a module. Which of the parts work for every token, and which for those that chose them?

# %%
class FeedForward(nn.Module):
    """One expert: (num_tokens, d_model) -> (num_tokens, d_model)."""

    def __init__(self, d_model, d_ff):
        super().__init__()
        self.up = nn.Linear(d_model, d_ff)
        self.down = nn.Linear(d_ff, d_model)

    def forward(self, hidden_states):
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
    answered = (
        type(prediction_moe_layer) in (tuple, list)
        and len(prediction_moe_layer) == 2
        and all(type(number) in (int, float) for number in prediction_moe_layer)
    )
    assert answered, (
        f"prediction_moe_layer is {prediction_moe_layer!r}; write two numbers, (stored, active)"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_parts_and_shapes(MoELayer):
    import torch

    layer = MoELayer()
    shapes = {name: tuple(value.shape) for name, value in layer.state_dict().items()}
    for name, expected in (
        ("router.weight", (4, 64)), ("experts.0.up.weight", (256, 64)), ("experts.3.down.weight", (64, 256))
    ):
        assert shapes.get(name) == expected, (
            f"MoELayer() holds {name} with shape {shapes.get(name)}; expected {expected}"
        )
    hidden_states = torch.randn(8, 64, generator=torch.Generator().manual_seed(6))
    result = layer(hidden_states)
    assert hasattr(result, "shape") and tuple(result.shape) == (8, 64), (
        f"MoELayer()(hidden_states) of 8 tokens returned {result!r}; expected shape (8, 64)"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_one_token_with_known_experts(MoELayer):
    import torch

    layer = MoELayer(d_model=4, d_ff=3, num_experts=4, top_k=2)
    state = {name: torch.zeros_like(value) for name, value in layer.state_dict().items()}
    assert {"router.weight", "experts.3.down.bias"} <= set(state), (
        f"MoELayer holds the parameters {sorted(state)}; expected a router and four experts"
    )
    state["router.weight"] = torch.eye(4)
    for number in range(4):
        state[f"experts.{number}.down.bias"] = torch.eye(4)[number]
    layer.load_state_dict(state)
    result = layer(torch.tensor([[2.0, 1.0, 0.0, -1.0]]))
    expected = torch.tensor([[0.7311, 0.2689, 0.0, 0.0]])
    assert hasattr(result, "shape") and torch.allclose(result.float(), expected, atol=1e-4), (
        "with router scores 2, 1, 0, -1, and with experts that answer (1,0,0,0), (0,1,0,0), "
        f"(0,0,1,0) and (0,0,0,1), the layer returned {result!r}; expected about {expected.tolist()}"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_counts_of_a_small_layer(MoELayer, parameter_counts):
    layer = MoELayer(d_model=8, d_ff=16, num_experts=4, top_k=2)
    result = parameter_counts(layer)
    assert type(result) in (tuple, list) and tuple(result) == (1152, 592), (
        "parameter_counts(MoELayer(d_model=8, d_ff=16, num_experts=4, top_k=2)) returned "
        f"{result!r}; expected (1152, 592): an expert has 280 parameters, the router 32"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token leaves the layer as the weighted sum of its chosen experts' outputs, and nothing else.
""" # END TEST CONFIG
def test_output_of_new_layers(MoELayer):
    from reference import checks, moe_layer

    for d_model, d_ff, num_experts, num_tokens, seed in ((12, 20, 4, 9, 1), (5, 7, 6, 11, 2)):
        sizes = (d_model, d_ff, num_experts, 2)
        own = moe_layer.make_layer(*sizes, seed=seed)
        hidden_states = moe_layer.make_hidden_states(own, num_tokens, seed)
        expected = own(hidden_states.double())
        layer = moe_layer.load(MoELayer(*sizes), own)
        checks.close(layer(hidden_states), expected, atol=moe_layer.TOLERANCE, what="output")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: An expert that a token did not choose does no work for it, so a broken expert spoils only the tokens that chose it.
""" # END TEST CONFIG
def test_experts_that_were_not_chosen(MoELayer):
    import torch
    from reference import checks, moe_layer

    own = moe_layer.make_unit_layer(num_experts=4, top_k=2)
    layer = moe_layer.load(MoELayer(6, 4, 4, 2), own, broken_expert=2)
    scores = torch.tensor([[3.0, 2.0, 0.0, 1.0], [0.0, 2.0, 1.0, 3.0], [2.0, 1.0, -1.0, -2.0]])
    checks.tensor(layer(moe_layer.with_scores(scores)), (3, 6))
    mixed = torch.cat([scores, torch.tensor([[0.0, 1.0, 3.0, 2.0]])])
    result = layer(moe_layer.with_scores(mixed))
    checks.tensor(result[:3], (3, 6))
    assert bool(torch.isnan(result[3]).any()), "a chosen expert was not asked"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The weights of a token's chosen experts add up to 1.
""" # END TEST CONFIG
def test_weights_make_a_whole(MoELayer):
    from reference import checks, moe_layer

    layer = moe_layer.load(MoELayer(6, 4, 4, 2), moe_layer.make_unit_layer(4, top_k=2))
    scores = moe_layer.make_scores(10, 4, seed=3)
    output = checks.tensor(layer(moe_layer.with_scores(scores)), (10, 6))
    assert output.std(dim=0).max() > 1e-3, "all tokens get the same"
    sums = output.sum(dim=1)
    checks.close(sums, sums.new_ones(10), atol=moe_layer.TOLERANCE, what="sum of the weights")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The more probable of a token's two experts counts for more, in proportion to the router's probabilities.
""" # END TEST CONFIG
def test_weights_follow_the_router(MoELayer):
    from reference import checks, moe_layer

    layer = moe_layer.load(MoELayer(6, 4, 4, 2), moe_layer.make_unit_layer(4, top_k=2))
    scores = moe_layer.make_scores(10, 4, seed=4)
    output = checks.tensor(layer(moe_layer.with_scores(scores)), (10, 6))
    largest, ids = scores.double().topk(2, dim=1)
    first, second = output.gather(1, ids).T
    assert bool((output.abs().sum(dim=1) > 0).all()), "the output is empty"
    ratio = (largest[:, 1] - largest[:, 0]).exp()
    checks.close(second, first * ratio, atol=moe_layer.TOLERANCE, what="second weight")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Each token chooses for itself; two tokens of one batch may use quite different experts.
""" # END TEST CONFIG
def test_each_token_has_its_own_experts(MoELayer):
    from reference import checks, moe_layer

    layer = moe_layer.load(MoELayer(8, 4, 6, 2), moe_layer.make_unit_layer(6, top_k=2))
    scores = moe_layer.make_scores(12, 6, seed=5)
    output = checks.tensor(layer(moe_layer.with_scores(scores)), (12, 8))
    favourites = scores.topk(2, dim=1).indices
    for row in range(12):
        used = set(output[row].nonzero().flatten().tolist())
        assert used and used <= set(favourites[row].tolist()), "a token uses other experts"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token uses exactly top_k experts, be it one, three or all of them.
""" # END TEST CONFIG
def test_other_values_of_top_k(MoELayer):
    from reference import checks, moe_layer

    for top_k in (1, 3, 5):
        layer = moe_layer.load(MoELayer(7, 4, 5, top_k), moe_layer.make_unit_layer(5, top_k))
        scores = moe_layer.make_scores(6, 5, seed=6)
        output = checks.tensor(layer(moe_layer.with_scores(scores)), (6, 7))
        assert (output != 0).sum(dim=1).tolist() == [top_k] * 6, "another number of experts"

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
    straight = checks.tensor(layer(hidden_states.clone()), (12, 10))
    assert straight.std(dim=0).max() > 1e-3, "all tokens get the same"
    assert not torch.equal(straight.float(), hidden_states), "the layer does nothing"
    result = layer(hidden_states[order])
    checks.close(result, straight[order], atol=moe_layer.TOLERANCE, what="output")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The experts are separate networks, each with parameters of its own.
""" # END TEST CONFIG
def test_experts_are_separate(MoELayer):
    import torch
    from reference import checks, moe_layer

    own = moe_layer.make_layer(6, 5, 3, 2, seed=10)
    wanted = {name: value.clone() for name, value in own.state_dict().items()}
    layer = moe_layer.load(MoELayer(6, 5, 3, 2), own)
    state = layer.state_dict()
    for name, value in wanted.items():
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
points: 0.25
hidden: true
failure_message: The router works for every token as a whole, and of the experts exactly top_k do.
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
failure_message: With each further expert that a token uses, the parameters of a whole expert go to work.
""" # END TEST CONFIG
def test_one_more_expert_at_work(MoELayer, parameter_counts):
    from reference import checks, moe_layer

    expert = moe_layer.counts_of_sizes(9, 6, 1, 1)[0] - 9
    active = [checks.number(parameter_counts(MoELayer(9, 6, 5, k))[1]) for k in (1, 2, 4)]
    assert active[1] - active[0] >= expert, "the second expert adds too little"
    assert active[2] - active[1] >= 2 * expert, "the third and fourth expert add too little"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Where a token uses all experts, everything that is stored is at work.
""" # END TEST CONFIG
def test_all_experts_at_work(MoELayer, parameter_counts):
    from reference import checks

    totals = set()
    for sizes in ((7, 5, 3, 3), (4, 6, 1, 1)):
        total, active = parameter_counts(MoELayer(*sizes))
        assert checks.number(total) == checks.number(active), "something stays idle"
        assert checks.number(total) > 0, "nothing is stored"
        totals.add(checks.number(total))
    assert len(totals) == 2, "layers of different sizes store the same"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The router learns through the weights, so the gradient of the output must reach it.
""" # END TEST CONFIG
def test_the_router_can_learn(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 10, 4, 2, seed=11)
    hidden_states = moe_layer.make_hidden_states(own, 6, seed=12)
    direction = moe_layer.make_direction(6, 8, seed=13)
    expected = moe_layer.gradients(own, hidden_states, direction)[0]
    layer = moe_layer.load(MoELayer(8, 10, 4, 2), own)
    layer(hidden_states).backward(direction)
    checks.close(layer.router.weight.grad, expected, atol=moe_layer.TOLERANCE, what="gradient")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Chosen experts learn, and so do the layers below; the gradient flows through the experts back to the hidden states.
""" # END TEST CONFIG
def test_the_experts_pass_gradients_on(MoELayer):
    from reference import checks, moe_layer

    own = moe_layer.make_layer(8, 10, 4, 2, seed=14)
    hidden_states = moe_layer.make_hidden_states(own, 6, seed=15)
    direction = moe_layer.make_direction(6, 8, seed=16)
    expected = moe_layer.gradients(own, hidden_states, direction)[1]
    layer = moe_layer.load(MoELayer(8, 10, 4, 2), own)
    leaf = hidden_states.clone().requires_grad_()
    layer(leaf).backward(direction)
    checks.close(leaf.grad, expected, atol=moe_layer.TOLERANCE, what="gradient")

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
    one, other = moe_layer.make_hidden_states(own, 2, seed=18).split(1)
    layer = moe_layer.load(MoELayer(8, 6, 5, 2), own)
    answers = [checks.tensor(layer(token.clone()), (1, 8)).float() for token in (one, other)]
    assert not torch.equal(*answers), "two tokens get the same"
    assert not torch.equal(answers[0], one), "the layer does nothing"
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
    hidden_states = moe_layer.make_hidden_states(own, 7, seed=20).double()
    expected = own(hidden_states)
    layer = MoELayer(8, 6, 4, 2)
    layer.double()
    moe_layer.load(layer, own)
    checks.close(layer(hidden_states), expected, atol=moe_layer.DOUBLE_TOLERANCE, what="output")

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
    hidden_states = moe_layer.make_hidden_states(own, 7, seed=22)
    layer = moe_layer.load(MoELayer(8, 6, 4, 2), own)
    before = hidden_states.clone()
    with torch.no_grad():
        output = checks.tensor(layer(hidden_states), (7, 8))
    assert torch.equal(before, hidden_states), "the input was changed"
    assert output.std(dim=0).max() > 1e-3, "all tokens get the same"
    assert not torch.equal(output.float(), before), "the layer does nothing"

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
# Stored and working parameters of your layer, beside two dense networks: one as large as a single expert, and one as large as all four together.

# %%
def dense_size(d_ff, d_model=64):
    """Parameters of a dense feed-forward network."""
    return sum(p.numel() for p in FeedForward(d_model, d_ff).parameters())


try:
    stored, active = parameter_counts(MoELayer())
    stored, active = int(stored), int(active)
except Exception:
    print("Fill in MoELayer and parameter_counts above, then run this cell again.")
else:
    names = ["dense FFN\nd_ff = 256", "MoE, 4 experts\nof d_ff = 256, top 2", "dense FFN\nd_ff = 1024"]
    bars = {
        "stored in memory": ([dense_size(256), stored, dense_size(1024)], "#56B4E9", ""),
        "working for one token": ([dense_size(256), active, dense_size(1024)], "#D55E00", "//"),
    }
    figure, axis = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    for shift, (label, (counts, color, hatch)) in zip((-0.2, 0.2), bars.items(), strict=True):
        places = [place + shift for place in range(3)]
        drawn = axis.bar(places, counts, 0.38, label=label, color=color, hatch=hatch, edgecolor="white")
        axis.bar_label(drawn, [f"{count:,}" for count in counts], padding=2, fontsize=9)
    axis.set(xticks=range(3), xticklabels=names, ylabel="parameters", ylim=(0, 175_000))
    axis.grid(False, axis="x")
    axis.set_axisbelow(True)
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set_title("MoE: stored like the large network, half its work for one token")
    axis.legend(loc="upper center", ncols=2, frameon=False)
    plt.show()
    dense = dense_size(256)
    print(f"MoE: stores {stored:,} = {stored / dense:.2f} dense FFNs, works with {active:,} = {active / dense:.2f}.")
    print(f"A dense FFN that works as much for a token (d_ff = 512) stores only {dense_size(512):,}.")

# %% [markdown]
# Which experts do eight random tokens use? The next cell makes expert 0 answer with (1, 0, 0, ...), expert 1 with (0, 1, 0, ...) and so on, whatever the token is. Then the output of your layer shows the weights themselves.

# %%
try:
    torch.manual_seed(3)
    probe = MoELayer()
    hidden_states = 2 * torch.randn(8, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        for number, expert in enumerate(probe.experts):
            for parameter in expert.parameters():
                parameter.zero_()
            expert.down.bias[number] = 1.0
        shares = probe(hidden_states)[:, :4]
    rows = shares.tolist()
except Exception:
    print("Fill in MoELayer above, then run this cell again.")
else:
    figure, axis = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    image = axis.imshow(shares.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for token, row in enumerate(rows):
        for number, share in enumerate(row):
            text, color = (f"{share:.2f}", "white" if share > 0.6 else "black") if share else ("idle", "#606060")
            axis.text(token, number, text, ha="center", va="center", color=color, fontsize=9)
    axis.set(xticks=range(8), yticks=range(4), xlabel="token", ylabel="expert")
    axis.set_title("Weight of each expert for each of eight tokens")
    axis.grid(False)
    figure.colorbar(image, ax=axis, label="weight")
    plt.show()
    asked = [sum(share > 0 for share in row) for row in rows]
    busy = sum(bool(column.any()) for column in shares.T)
    print(f"Experts at work for each token: {asked}. Experts at work for the batch: {busy} of 4.")

# %% [markdown]
# ### What you saw
# For one token half of the experts stay idle, so the work is that of a network half the size. But another token calls on the others, and nobody knows beforehand on which, so all of them must be in memory. More parameters do not mean more computation in proportion: the layer has the room of the large dense network at about half its work. A dense network with the same work has half the room to keep what it learns. Mixtral 8x7B does this in each of its 32 layers, with larger experts of three matrices: 46.7 billion parameters stored, 12.9 billion at work.
