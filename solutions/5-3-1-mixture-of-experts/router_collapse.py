# %% [markdown]
# ## 4. Who gets the tokens?
#
# **Independent.** Four experts, one router, nothing that tells the router to share the work. Who
# gets the tokens after 1,000 updates?
#
# The Switch Transformer paper does tell it, with one extra term in the loss. For every expert $i$ it
# multiplies two fractions: $f_i$, the share of the tokens that were *sent* to the expert (counts; where
# a token is sent to several experts, the share of all these choices), and $P_i$, the *mean probability*
# the router gave it:
#
# $$L = N \sum_{i=1}^{N} f_i \, P_i$$
#
# A small case to check by hand, 2 experts and 4 tokens, each sent to its more probable expert:
#
# | token | probabilities | sent to |
# |---|---|---|
# | 0 | 0.9, 0.1 | 0 |
# | 1 | 0.6, 0.4 | 0 |
# | 2 | 0.7, 0.3 | 0 |
# | 3 | 0.2, 0.8 | 1 |
#
# Here $f = (0.75, 0.25)$ and $P = (0.6, 0.4)$, so $L = 2 \cdot (0.45 + 0.10) = 1.1$. With equal
# shares it is 1. With every token sent to one expert, and the router certain of it (probability 1),
# it is 2, the number of experts.
#
# A third expert that no token was sent to still counts: with probabilities 0.7, 0.2, 0.1 and
# 0.3, 0.6, 0.1 for two tokens sent to experts 0 and 1, $f = (0.5, 0.5, 0)$ and
# $P = (0.5, 0.4, 0.1)$, so $L = 3 \cdot (0.25 + 0.20 + 0) = 1.35$.

# %% [raw]
# # BEGIN QUESTION
# name: router_collapse

# %% [markdown]
# ### Predict before you run
# The toy below has 4 experts, so equal sharing gives each of them 0.25. What share of the tokens
# does the *busiest* expert get at the end of 1,000 updates? Write a pair: first for training on the
# task alone, then for training with the balancing loss. Two numbers from 0.25 to 1. Single batches
# swing, so the share is measured as the mean of the last 100 batches, and a prediction within 0.05
# of it counts as a hit.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_router_collapse = (1.0, 0.25)  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### The toy
# Given, and the same for everybody: a layer of 4 experts in which each token goes to its most
# probable expert, a task (the inputs have a common mean, as real hidden states do), and Adam.
# `model(inputs)` returns `outputs` (128, 16), `router_probs` (128, 4) and `expert_ids` (128,).
# The output of the chosen expert is scaled by its probability as it is. Renormalised, a single
# weight would always be 1, and the router would learn nothing from the task.

# %%
D_MODEL, D_FF, NUM_EXPERTS, NUM_TOKENS = 16, 32, 4, 128

_task = torch.Generator().manual_seed(20)
TARGET_MATRIX = torch.randn(D_MODEL, D_MODEL, generator=_task) / D_MODEL**0.5
INPUT_MEAN = D_MODEL**0.5 * F.normalize(torch.randn(D_MODEL, generator=_task), dim=0)


class ToyMoE(nn.Module):
    """One top-1 MoE layer. It computes every expert and keeps the chosen one: quick at this size."""

    def __init__(self, generator):
        super().__init__()

        def weights(*shape, scale):
            return nn.Parameter(scale * torch.randn(*shape, generator=generator))

        self.router = weights(D_MODEL, NUM_EXPERTS, scale=0.1)
        self.up = weights(NUM_EXPERTS, D_MODEL, D_FF, scale=0.1 / D_MODEL**0.5)
        self.down = weights(NUM_EXPERTS, D_FF, D_MODEL, scale=0.1 / D_FF**0.5)

    def forward(self, inputs):
        router_probs = (inputs @ self.router).softmax(dim=-1)
        weight, expert_ids = router_probs.max(dim=-1)
        every_expert = F.gelu(inputs @ self.up) @ self.down
        chosen = every_expert[expert_ids, torch.arange(len(inputs))]
        return weight[:, None] * chosen, router_probs, expert_ids


def make_toy(seed):
    """A fresh model, its optimizer, and the generator that draws its batches."""
    generator = torch.Generator().manual_seed(seed)
    model = ToyMoE(generator)
    return model, torch.optim.Adam(model.parameters(), lr=1e-2), generator


def make_batch(generator):
    """The next batch: inputs and targets, both (128, 16)."""
    inputs = INPUT_MEAN + torch.randn(NUM_TOKENS, D_MODEL, generator=generator)
    return inputs, torch.tanh(inputs @ TARGET_MATRIX)


# %% [markdown]
# ### Write it
# Two functions: the balancing loss, for one expert a token and for several, and the training run
# that shows what the loss does. The task loss is `F.mse_loss(outputs, targets)`; the balancing loss
# joins it multiplied by `balance_coefficient`. You will look at coefficients 0 and 0.1. (The paper
# uses 0.01 in far longer runs; in the 1,000 updates of this toy that is too weak, and the busiest
# expert keeps half of the tokens.) The docstrings say when to raise a `ValueError`; it names the
# argument and its value. Every entry of `expert_ids` may be taken to be an expert's number.

# %% [raw]
# # BEGIN SOLUTION

# %%
def load_balancing_loss(router_probs, expert_ids, num_experts):
    """Balancing loss of the Switch Transformer, num_experts * sum_i f_i * P_i.

    router_probs: (num_tokens, num_experts), rows sum to 1.
    expert_ids: (num_tokens,), or (num_tokens, top_k) when each token has several experts.
    Returns a scalar tensor: 1.0 when balanced, for every top_k (f_i is expert i's share of all
    choices). The gradient flows through P only.
    Raises ValueError if the second size of router_probs is not num_experts.
    """
    # BEGIN SOLUTION
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs has shape {tuple(router_probs.shape)}, num_experts is {num_experts}"
        )
    counts = torch.bincount(expert_ids.flatten(), minlength=num_experts)
    share_of_choices = counts / expert_ids.numel()
    mean_probability = router_probs.mean(dim=0)
    return num_experts * (share_of_choices * mean_probability).sum()
    # END SOLUTION


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    """Train the toy of make_toy(seed) for num_steps updates, one fresh batch an update.

    Returns utilization, a float tensor (num_steps + 1, num_experts): row t is the fraction of tokens
    each expert got on batch t, measured before update t. The last row is measured on one more batch.
    Raises ValueError if balance_coefficient is negative or num_steps is below 1.
    """
    # BEGIN SOLUTION
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must be 0 or more, got {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be 1 or more, got {num_steps}")

    def share_of_tokens(expert_ids):
        return torch.bincount(expert_ids, minlength=NUM_EXPERTS) / len(expert_ids)

    model, optimizer, generator = make_toy(seed)
    rows = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows.append(share_of_tokens(expert_ids))
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    inputs, _ = make_batch(generator)
    _, _, expert_ids = model(inputs)
    rows.append(share_of_tokens(expert_ids))
    return torch.stack(rows)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_router_collapse):
    answer = prediction_router_collapse
    said = "still `...`" if answer is ... else repr(answer)
    pair = type(answer) in (tuple, list) and len(answer) == 2
    assert pair and all(type(share) in (int, float) and 0.25 <= share <= 1 for share in answer), (
        f"prediction_router_collapse is {said}; write two shares from 0.25 to 1, such as (0.5, 0.5), "
        "without the loss and with it."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_loss_of_four_tokens_is_1_1(load_balancing_loss):
    import torch

    router_probs = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    call = "load_balancing_loss of the four tokens in the text"
    loss = load_balancing_loss(router_probs, torch.tensor([0, 0, 0, 1]), 2)
    assert hasattr(loss, "shape") or type(loss) in (int, float), f"{call} returned {described(loss)}; expected a scalar tensor."
    shape = tuple(getattr(loss, "shape", ()))
    assert shape == (), f"{call} returned shape {shape}; expected a scalar, shape ()."
    assert abs(float(loss) - 1.1) < 1e-5, (
        f"{call} returned {float(loss):.4f}; expected 1.1 = 2 * (0.75 * 0.6 + 0.25 * 0.4) there."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_loss_with_an_expert_that_nobody_chose(load_balancing_loss):
    import torch

    router_probs = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]])
    call = "load_balancing_loss of the two tokens and three experts in the text"
    loss = load_balancing_loss(router_probs, torch.tensor([0, 1]), 3)
    assert hasattr(loss, "shape") or type(loss) in (int, float), f"{call} returned {described(loss)}; expected a scalar tensor."
    shape = tuple(getattr(loss, "shape", ()))
    assert shape == (), f"{call} returned shape {shape}; expected a scalar, shape ()."
    assert abs(float(loss) - 1.35) < 1e-5, (
        f"{call} returned {float(loss):.4f}; expected 1.35 = 3 * (0.5 * 0.5 + 0.5 * 0.4 + 0 * 0.1) there."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_utilization_has_one_row_more_than_updates(train_moe):
    import torch

    call = "train_moe(0.0, num_steps=5)"
    utilization = train_moe(0.0, num_steps=5)
    assert hasattr(utilization, "shape"), f"{call} returned {described(utilization)}; expected a (6, 4) tensor."
    assert tuple(utilization.shape) == (6, 4), (
        f"{call} returned shape {tuple(utilization.shape)}; expected (6, 4): 5 rows before the 5 "
        "updates, one row after the last."
    )
    sums = torch.as_tensor(utilization).sum(1)
    assert bool((sums - 1).abs().max() < 1e-5), (
        f"{call} returned rows that sum to {[round(x, 4) for x in sums.tolist()]}; expected 1 each."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_collapse_without_the_loss_and_balance_with_it(train_moe):
    import torch

    busiest = {}
    for coefficient in (0.0, 0.1):
        call = f"train_moe({coefficient}, num_steps=70)"
        run = train_moe(coefficient, num_steps=70)
        assert hasattr(run, "shape"), f"{call} returned {described(run)}; expected a (71, 4) tensor."
        shape = tuple(run.shape)
        assert len(shape) == 2, f"{call} returned shape {shape}; expected (71, 4), a row per batch."
        busiest[coefficient] = float(torch.as_tensor(run)[-20:].double().mean(0).max())
    assert busiest[0.0] >= 0.8, (
        f"train_moe(0.0, num_steps=70): the busiest expert got {busiest[0.0]:.2f} of the tokens of the "
        "last 20 rows; expected at least 0.8, since nothing holds the router back."
    )
    assert busiest[0.1] <= 0.6, (
        f"train_moe(0.1, num_steps=70): the busiest expert got {busiest[0.1]:.2f} of the tokens of "
        "the last 20 rows; expected at most 0.6, since the balancing loss is on."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Equal shares give a loss of exactly 1, whatever the number of experts and of choices per token.
""" # END TEST CONFIG
def test_loss_has_the_same_scale_for_every_layer(load_balancing_loss):
    import torch
    from reference import checks, router_collapse

    for num_experts in (2, 3, 6):
        router_probs, first = router_collapse.balanced_routing(num_experts)
        both = torch.stack([first, (first + 1) % num_experts], dim=1)
        for expert_ids in (first, both):
            loss = load_balancing_loss(router_probs.float(), expert_ids, num_experts)
            checks.close_number(loss, 1.0, rel=1e-5, what="loss")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: 'One factor counts where expert_ids say that the tokens went, the other averages the probabilities of all tokens, also of those that went elsewhere.'
""" # END TEST CONFIG
def test_loss_of_an_uneven_router(load_balancing_loss):
    from reference import checks, router_collapse

    for num_tokens, num_experts, seed in ((40, 4, 1), (17, 7, 2), (6, 3, 3)):
        router_probs, ids = router_collapse.random_routing(num_tokens, num_experts, 1, seed)
        expected = router_collapse.load_balancing_loss(router_probs, ids, num_experts)
        loss = load_balancing_loss(router_probs, ids[:, 0], num_experts)
        checks.close_number(loss, float(expected), rel=router_collapse.LOSS_RTOL, what="loss")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: An expert that nobody chose still has a share, 0, and a mean probability, whatever its number.
""" # END TEST CONFIG
def test_loss_with_an_idle_expert(load_balancing_loss):
    from reference import checks, router_collapse

    for num_tokens, num_experts, seed in ((20, 4, 7), (9, 3, 8)):
        router_probs, ids = router_collapse.routing_without_the_last(num_tokens, num_experts, seed)
        last_idle = checks.number(load_balancing_loss(router_probs, ids, num_experts))
        turned = load_balancing_loss(router_probs.roll(1, dims=1), ids + 1, num_experts)
        rel = router_collapse.LOSS_RTOL
        checks.close_number(turned, last_idle, rel=rel, what="loss with the first expert idle")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With several experts per token every choice counts, and the shares of all choices still sum to 1.
""" # END TEST CONFIG
def test_loss_with_several_experts_per_token(load_balancing_loss):
    from reference import checks, router_collapse

    for num_tokens, num_experts, top_k in ((30, 5, 2), (12, 8, 3), (9, 4, 1)):
        router_probs, ids = router_collapse.random_routing(num_tokens, num_experts, top_k, seed=4)
        single = [
            checks.number(load_balancing_loss(router_probs, ids[:, slot], num_experts))
            for slot in range(top_k)
        ]
        loss = load_balancing_loss(router_probs, ids, num_experts)
        mean, rel = sum(single) / top_k, router_collapse.LOSS_RTOL
        checks.close_number(loss, mean, rel=rel, what="loss of all choices")

# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Counts are constants. The gradient reaches the router through the mean probabilities, and through nothing else.
""" # END TEST CONFIG
def test_the_gradient_reaches_the_router(load_balancing_loss):
    from reference import checks, router_collapse

    for num_tokens, num_experts, seed in ((24, 4, 5), (15, 6, 6)):
        router_probs, ids = router_collapse.random_routing(num_tokens, num_experts, 1, seed)
        step = router_collapse.towards_the_first(num_tokens, num_experts)
        ahead, behind = (
            checks.number(load_balancing_loss(router_probs + sign * step, ids[:, 0], num_experts))
            for sign in (1, -1)
        )
        leaf = router_probs.clone().requires_grad_()
        loss = load_balancing_loss(leaf, ids[:, 0], num_experts)
        assert loss.requires_grad, "the loss does not depend on router_probs"
        loss.backward()
        slope = float((checks.tensor(leaf.grad) * step).sum())
        rel = router_collapse.SLOPE_RTOL
        checks.close_number(slope, (ahead - behind) / 2, rel=rel, what="change of the loss")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The first row shows who gets the tokens of the first batch before anything is learned.
""" # END TEST CONFIG
def test_first_row_of_the_utilization(train_moe):
    from reference import checks, router_collapse

    for num_steps in (1, 7):
        expected = router_collapse.train_moe(0.0, num_steps)
        actual = checks.tensor(train_moe(0.0, num_steps=num_steps))
        checks.close(actual[0], expected[0], atol=1e-6, what="first row")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The last row belongs to the finished model and to a batch that it has not trained on, just as a longer run would measure it there.
""" # END TEST CONFIG
def test_last_row_of_the_utilization(train_moe):
    from reference import checks, router_collapse

    short = checks.tensor(train_moe(0.0, num_steps=2), (3, 4))
    longer = checks.tensor(train_moe(0.0, num_steps=5), (6, 4))
    checks.close(short[-1], longer[2], atol=1e-6, what="last row")
    expected, atol = router_collapse.train_moe(0.0, 2), router_collapse.TRACE_ATOL
    checks.close(short[-1], expected[-1], atol=atol, what="last row")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: 'The seed decides the first weights and the batches: the same seed repeats a run, another seed is another run.'
""" # END TEST CONFIG
def test_seed_decides_the_run(train_moe):
    from reference import checks

    first, other, again = (
        checks.tensor(train_moe(0.0, num_steps=2, seed=seed)) for seed in (3, 12, 3)
    )
    checks.close(again, first, atol=0.0, what="a repeated run")
    assert (first - other).abs().max() > 0.05, "two seeds gave the same run"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With a coefficient of 0 the run learns the task and nothing else, one plain update per batch.
""" # END TEST CONFIG
def test_run_on_the_task_alone(train_moe):
    from reference import checks, router_collapse

    steps = router_collapse.COLLAPSE_STEPS
    expected = router_collapse.train_moe(0.0, steps)[-10:]
    actual = checks.tensor(train_moe(0.0, num_steps=steps))[-10:]
    checks.close(actual, expected, atol=router_collapse.TRACE_ATOL, what="utilization")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The update follows the task loss plus the coefficient times the balancing loss.
""" # END TEST CONFIG
def test_run_with_the_balancing_loss(load_balancing_loss, train_moe):
    from reference import checks, router_collapse

    steps, atol = router_collapse.TRACE_STEPS, router_collapse.MEAN_ATOL
    expected = router_collapse.train_moe(0.1, steps)[10:].mean(dim=0)
    actual = checks.tensor(train_moe(0.1, num_steps=steps))[10:].mean(dim=0)
    if (actual - expected).abs().max() > atol:
        # A wrong loss is the matter of other tests: here a run may follow the student's own.
        expected = router_collapse.train_with(load_balancing_loss, 0.1, steps)[10:].mean(dim=0)
    checks.close(actual, expected, atol=atol, what="mean utilization")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A larger coefficient pulls harder.
""" # END TEST CONFIG
def test_coefficient_sets_the_strength(train_moe):
    from reference import checks, router_collapse

    steps = router_collapse.TRACE_STEPS // 2
    weak, strong = (
        checks.tensor(train_moe(coefficient, num_steps=steps)) for coefficient in (0.02, 0.3)
    )
    assert (weak - strong).abs().max() > 0.1, "two coefficients gave nearly the same run"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A ValueError names the argument and its value when an argument is out of range. A coefficient of 0 and a single step are in range.
""" # END TEST CONFIG
def test_errors_name_the_argument(load_balancing_loss, train_moe):
    import torch
    from reference import checks

    probs, ids = torch.full((6, 3), 1 / 3), torch.tensor([0, 1, 2, 0, 1, 2])
    checks.number(load_balancing_loss(probs, ids, 3))
    assert train_moe(0.0, num_steps=1) is not None
    names = ("router_probs", "num_experts")
    checks.rejects(load_balancing_loss, probs, ids, 4, naming=names)
    checks.rejects(load_balancing_loss, probs, torch.zeros(6, dtype=torch.int64), 2, naming=names)
    checks.rejects(train_moe, -0.1, naming="balance_coefficient", num_steps=2)
    checks.rejects(train_moe, 0.1, naming="num_steps", num_steps=0)
    checks.rejects(train_moe, 0.1, naming="num_steps", num_steps=-3)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Both runs from the same first weights and on the same batches, 1,000 updates each. At step 0 you see
# the first batch alone, before anything is learned, so both runs begin alike; later, means over up to 20
# batches around a step.

# %%
def smooth(run):
    """Each row becomes the mean of up to 20 rows around it; the first one stays as it is."""
    return np.stack([run[t - min(t, 10): t + min(t + 1, 10)].mean(axis=0) for t in range(len(run))])


MOMENTS = (0, 100, 500, 1000)


def draw_shares(axis, label, run):
    """Stacked shares of the four experts around four steps."""
    floor = np.zeros(4)
    for expert, colour in enumerate(("#0072B2", "#E69F00", "#009E73", "#CC79A7")):
        heights = run[list(MOMENTS), expert]
        axis.bar(range(4), heights, bottom=floor, color=colour, width=0.7, edgecolor="white",
                 label=f"expert {expert}")
        for x, (height, base) in enumerate(zip(heights, floor, strict=True)):
            if height >= 0.08:
                ink = "white" if expert == 0 else "black"
                axis.text(x, base + height / 2, f"{height:.2f}", ha="center", va="center", color=ink)
        floor = floor + heights
    axis.set(title=label, xlabel="around step", ylabel="share of the tokens", ylim=(0, 1))
    axis.set_xticks(range(4), [f"{moment:,}" for moment in MOMENTS])
    axis.grid(False)


def draw_busiest(axis, runs):
    """The largest share over time, both runs."""
    for (label, run), style in zip(runs.items(), (("#D55E00", "-"), ("#0072B2", "--")), strict=True):
        axis.plot(run.max(axis=1), style[1], color=style[0], label=label)
    axis.axhline(0.25, color="black", linewidth=1, linestyle=":", label="equal shares, 0.25")
    axis.set(title="Busiest expert", xlabel="step", ylabel="largest share", ylim=(0, 1.05))
    axis.legend(loc="center right")


with look("load_balancing_loss", "train_moe"):
    raw = {}
    for label, coefficient in (("task loss alone", 0.0), ("with balancing loss", 0.1)):
        run = expect(f"train_moe({coefficient})", train_moe(coefficient), 1001, 4)
        raw[label] = run.double().numpy()
    runs = {label: smooth(run) for label, run in raw.items()}
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained", width_ratios=[1, 1, 1.3])
    for axis, (label, run) in zip(axes[:2], runs.items(), strict=True):
        draw_shares(axis, label.capitalize(), run)
    draw_busiest(axes[2], runs)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=4)
    plt.show()
    for label, run in runs.items():
        print(f"{label}, shares of experts 0, 1, 2 and 3:")
        for moment in MOMENTS:
            shares = ", ".join(f"{share:.2f}" for share in run[moment])
            print(f"  {f'around step {moment:,}' if moment else 'first batch'}: {shares}")
    for label, run in raw.items():
        late = (128 * run[-501:-1].sum(axis=0)).round().astype(int)
        print(f"{label}: in the last 500 steps experts 0, 1, 2 and 3 learned from",
              ", ".join(f"{count:,}" for count in late), "tokens")
    if np.array_equal(*raw.values()):
        print("The two runs are one and the same, so the balancing loss changed nothing.")
    busiest = [run[-100:].mean(axis=0).max() for run in raw.values()]
    print("Busiest expert, mean of the last 100 batches:",
          ", ".join(f"{label} {share:.2f}" for label, share in zip(raw, busiest, strict=True)))
    print("Your prediction, against your run:", compared("router_collapse", busiest, within=0.05))

# %% [markdown]
# ### What you saw
# Nothing in the task asked for one expert. An early lead feeds itself: the expert with more tokens
# learns faster, so the router trusts it more. Here one of the two experts that were ahead in the first
# batch has all tokens within about 100 updates, and three quarters of the experts' parameters hold
# memory and do no work. Optimisation is free to end in any cheap corner that the loss allows, and this
# is one. Multiplying the counted share f by the mean probability P
# makes a crowded expert expensive. Counts have no gradient, so it is through P that the loss moves
# tokens away, until every expert is near a quarter. Balance is not just about efficiency: an expert
# without tokens gets no gradient, so it stops learning, and the router never has a reason to try it
# again. (On a task as small as this one, a single expert is enough. A large model would have paid for
# four and trained one.)
