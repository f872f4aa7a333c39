# %% [markdown]
# ## 2. Speculative decoding
#
# **Supported.** A small model (7B parameters) guesses the next five tokens of a text, one after the other; each guess is a *draft*. A large one (70B), whose text we want, checks all five in one forward pass. How many tokens does that pass yield, and how many tokens should the small model draft?
#
# Take "The capital of France is". The small model drafts five tokens, the large one compares each with the token that it would have written itself:
#
# | | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | small model drafts | Paris | , | home | to | the |
# | large model would write | Paris | , | home | of | |
# | | accepted | accepted | accepted | **mismatch** | thrown away |
#
# Three drafts are accepted. At the mismatch the large model's own token, "of", is already there, so it is kept too: **four tokens** come out of one large pass. Had all five matched, the same pass would also have given the token after them: six. And the text is the one that the large model would have written alone.
#
# How can one pass check five tokens? As in training: a forward pass over the text with the five drafts behind it gives the model's next token at every position, so also what it would have written in place of each draft.
#
# Why is checking five tokens as quick as writing one? To write one token, a 70B model in 16 bits reads all its 140 GB of weights from the GPU's memory. At 2.04 TB/s, the memory speed of an A100, that takes 69 ms, and the arithmetic only 0.45 ms. Five tokens at once need the same 69 ms of reading. So let one large pass take 1 unit of time, whatever it checks, and one draft step `draft_cost` units. The drafts and the pass that checks them are a *round*. With a cost of 0.05, the round above took $5 \cdot 0.05 + 1 = 1.25$ units for four tokens: 0.3125 a token instead of 1.
#
# To experiment without two language models, let each draft match with the same probability `match_probability`, independently of the others.

# %% [raw]
# # BEGIN QUESTION
# name: speculative_decoding

# %% [markdown]
# ### Predict before you run
# Each draft matches with probability 0.8 and a draft step costs 0.05 of a large pass. You raise the number of drafts a round, K, from 1 to 2, 3, and so on up to 20. Does each larger K make the text come out faster than the K before? Answer `"yes"` or `"no"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_speculative_decoding = "no"  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Four functions. Hints:
#
# * `draft_and_verify` plays one round. Draw random numbers from `rng` only: `rng.random()` gives one number in [0, 1), and it lies below `match_probability` with just that probability.
# * `simulate` plays `num_rounds` rounds. Add up drafts, accepted drafts, tokens and time over all rounds first, divide at the end.
# * `expected_tokens` is exact, no random numbers: $1 + a + a^2 + \dots + a^K = \frac{1 - a^{K+1}}{1 - a}$ for match probability $a$ and $K$ drafts. Mind $a = 1$.
# * `best_num_draft` compares tokens **per unit of time**.
#
# Raise a `ValueError` that names the argument for a probability outside 0..1, for `num_draft`, a candidate or `num_rounds` below 1, for `draft_cost` below 0, and for no candidates. The helper `require` does it in one line.

# %%
def require(condition, name, value):
    """Raise a ValueError that names the argument and its value unless the condition holds."""
    if not condition:
        raise ValueError(f"{name} = {value!r} is out of range")

# %% [raw]
# # BEGIN SOLUTION

# %%
def draft_and_verify(match_probability, num_draft, rng):
    """Play one round of speculative decoding.

    match_probability: chance that one draft equals the large model's token, 0..1
    num_draft: K, the number of drafts in the round, 1 or more
    rng: numpy Generator
    Returns (num_accepted, num_emitted): the drafts before the first mismatch, and the tokens that
    come out of the round, the large model's own one included.
    """
    # BEGIN SOLUTION
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    num_accepted = 0
    while num_accepted < num_draft and rng.random() < match_probability:
        num_accepted += 1
    return num_accepted, num_accepted + 1
    # END SOLUTION


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    """Play num_rounds rounds and measure them. One large pass takes 1 unit of time.

    draft_cost: time of one draft step, in units of one large pass, 0 or more
    Returns a dict of floats:
      acceptance_rate   accepted drafts / all drafts
      tokens_per_round  tokens / rounds
      time_per_token    total time / total tokens
      speedup           against one token for each large pass (which takes 1 unit a token)
    """
    # BEGIN SOLUTION
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    accepted = tokens = 0
    for _ in range(num_rounds):
        num_accepted, num_emitted = draft_and_verify(match_probability, num_draft, rng)
        accepted += num_accepted
        tokens += num_emitted
    total_time = num_rounds * (num_draft * draft_cost + 1)
    return {
        "acceptance_rate": accepted / (num_rounds * num_draft),
        "tokens_per_round": tokens / num_rounds,
        "time_per_token": total_time / tokens,
        "speedup": tokens / total_time,
    }
    # END SOLUTION


def expected_tokens(match_probability, num_draft):
    """Mean number of tokens of one round, as a float (exact, no random numbers)."""
    # BEGIN SOLUTION
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    if match_probability == 1:
        return num_draft + 1.0
    return (1 - match_probability ** (num_draft + 1)) / (1 - match_probability)
    # END SOLUTION


def best_num_draft(match_probability, draft_cost, candidates):
    """The candidate K with the largest expected speedup; the smaller one on ties.

    candidates: list of ints in any order, which stays as it is
    """
    # BEGIN SOLUTION
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)

    def expected_speedup(num_draft):
        return expected_tokens(match_probability, num_draft) / (num_draft * draft_cost + 1)

    return max(sorted(candidates), key=expected_speedup)
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_speculative_decoding):
    assert prediction_speculative_decoding in ("yes", "no"), (
        f"prediction_speculative_decoding is {prediction_speculative_decoding!r}; "
        "choose 'yes' or 'no'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_round_of_certain_matches(draft_and_verify):
    import numpy as np

    result = draft_and_verify(1.0, 5, np.random.default_rng(1))
    assert type(result) in (tuple, list) and tuple(result) == (5, 6), (
        f"draft_and_verify(1.0, 5, rng) returned {result!r}; "
        "expected (5, 6) as (num_accepted, num_emitted)"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_round_of_certain_mismatches(draft_and_verify):
    import numpy as np

    result = draft_and_verify(0.0, 5, np.random.default_rng(1))
    assert type(result) in (tuple, list) and tuple(result) == (0, 1), (
        f"draft_and_verify(0.0, 5, rng) returned {result!r}; "
        "expected (0, 1) as (num_accepted, num_emitted)"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_simulated_tokens_with_certain_matches(simulate):
    import math
    import numpy as np

    call = "simulate(1.0, 4, 10, 0.25, rng)"
    result = simulate(1.0, 4, 10, 0.25, np.random.default_rng(1))
    assert type(result) is dict, f"{call} returned {result!r}; expected a dict"
    for key, value in {"acceptance_rate": 1.0, "tokens_per_round": 5.0}.items():
        assert key in result, f"{call} returned a dict with keys {list(result)}; {key!r} is missing"
        assert math.isclose(float(result[key]), value, rel_tol=1e-6), (
            f"{call}[{key!r}] is {result[key]!r}; expected {value}"
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_simulated_times_with_certain_matches(simulate):
    import math
    import numpy as np

    call = "simulate(1.0, 4, 10, 0.25, rng)"
    result = simulate(1.0, 4, 10, 0.25, np.random.default_rng(1))
    assert type(result) is dict, f"{call} returned {result!r}; expected a dict"
    for key, value in {"time_per_token": 0.4, "speedup": 2.5}.items():
        assert key in result, f"{call} returned a dict with keys {list(result)}; {key!r} is missing"
        assert math.isclose(float(result[key]), value, rel_tol=1e-6), (
            f"{call}[{key!r}] is {result[key]!r}; expected {value} "
            "(10 rounds of 4 * 0.25 + 1 = 2 units, 50 tokens)"
        )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_expected_tokens_and_best_of_a_few(expected_tokens, best_num_draft):
    import math

    for arguments, expected in (((0.8, 1), 1.8), ((0.5, 3), 1.875)):
        result = expected_tokens(*arguments)
        assert result is not None and math.isclose(float(result), expected, rel_tol=1e-6), (
            f"expected_tokens{arguments} returned {result!r}; expected {expected}"
        )
    for arguments, expected in (((0.8, 0.05, [1, 3, 5, 8]), 8), ((0.0, 0.0, [2, 4]), 2)):
        result = best_num_draft(*arguments)
        assert result is not None and int(result) == expected, (
            f"best_num_draft{arguments} returned {result!r}; expected {expected}"
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Drafts count up to the first mismatch and no further; each of the K drafts matches with the given probability.
""" # END TEST CONFIG
def test_how_many_drafts_a_round_accepts(draft_and_verify):
    from reference import speculative_decoding as reference

    rounds = [reference.play_rounds(draft_and_verify, 0.7, 3, 1, seed)[0] for seed in range(120)]
    reference.check_distribution([accepted for accepted, _ in rounds], 0.7, 3)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The large model has run in any case, so its own token comes out of every round, whether the drafts match or not.
""" # END TEST CONFIG
def test_tokens_that_one_round_emits(draft_and_verify):
    from reference import speculative_decoding as reference

    for probability, num_draft in ((0.0, 1), (0.6, 1), (0.6, 2), (1.0, 1), (1.0, 7)):
        for seed in range(21, 27):
            rounds = reference.play_rounds(draft_and_verify, probability, num_draft, 1, seed)
            reference.check_emitted(rounds, probability, num_draft)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: 'The acceptance rate divides by the drafts that were made: those after a mismatch were drafted too, and the free token was not.'
""" # END TEST CONFIG
def test_acceptance_rate(simulate):
    from reference import speculative_decoding as reference

    for probability, num_draft, seed in ((0.6, 5, 31), (0.85, 3, 32), (0.0, 2, 33)):
        result = reference.simulated(simulate, probability, num_draft, 2000, 0.1, seed)
        reference.check_acceptance_rate(result, probability, num_draft, 2000)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Over many rounds the tokens per round settle at the mean that expected_tokens gives.
""" # END TEST CONFIG
def test_tokens_per_round(simulate):
    from reference import speculative_decoding as reference

    for probability, num_draft, seed in ((0.75, 4, 41), (0.9, 2, 42), (0.0, 3, 43)):
        result = reference.simulated(simulate, probability, num_draft, 4000, 0.1, seed)
        reference.check_tokens_per_round(result, probability, num_draft, 4000)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: One pass of the large model checks all drafts of a round in the time of one token; divide total time by total tokens.
""" # END TEST CONFIG
def test_time_per_token_with_free_drafts(simulate):
    from reference import speculative_decoding as reference

    times = set()
    for probability, num_draft in ((0.7, 3), (0.5, 6)):
        result = reference.simulated(simulate, probability, num_draft, 300, 0.0, seed=51)
        reference.check_time(result, num_draft, 0.0)
        times.add(result["time_per_token"])
    assert len(times) == 2, "the drafts make no difference to the time"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A draft takes its time before anyone knows whether it matches.
""" # END TEST CONFIG
def test_time_per_token_with_one_draft_a_round(simulate):
    from reference import speculative_decoding as reference

    for probability, cost in ((0.6, 0.125), (0.3, 2.0)):
        result = reference.simulated(simulate, probability, 1, 300, cost, seed=52)
        reference.check_time(result, 1, cost)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The small model writes its drafts one after the other; then comes one pass of the large model.
""" # END TEST CONFIG
def test_time_per_token_with_several_drafts_a_round(simulate):
    from reference import speculative_decoding as reference

    for probability, num_draft, cost in ((0.7, 6, 0.125), (0.3, 3, 0.5)):
        result = reference.simulated(simulate, probability, num_draft, 300, cost, seed=53)
        reference.check_time(result, num_draft, cost)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The speedup compares with one token for each large pass, and a value above 1 means faster.
""" # END TEST CONFIG
def test_speedup(simulate):
    from reference import checks, speculative_decoding as reference

    speedups = set()
    for probability, num_draft, cost in ((0.8, 4, 0.125), (0.1, 2, 0.75)):
        result = reference.simulated(simulate, probability, num_draft, 300, cost, seed=54)
        checks.close_number(result["speedup"] * result["time_per_token"], 1.0, rel=1e-9)
        speedups.add(result["speedup"])
    assert len(speedups) == 2, "the drafts and their cost make no difference to the speedup"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Sum the powers of the match probability from 0 to K; with a certain match or a certain mismatch the answer needs no formula.
""" # END TEST CONFIG
def test_expected_tokens(expected_tokens):
    from reference import checks, speculative_decoding as reference

    for probability, num_draft in ((0.37, 1), (0.92, 7), (0.25, 12), (0.0, 3), (1.0, 9), (1.0, 1)):
        expected = reference.expected_tokens(probability, num_draft)
        checks.close_number(expected_tokens(probability, num_draft), expected, rel=1e-9)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: More drafts bring more tokens, and each draft costs time, so compare tokens for the time of a round; the list of candidates stays as it is.
""" # END TEST CONFIG
def test_best_of_candidates_far_apart(best_num_draft):
    from reference import checks, speculative_decoding as reference

    for probability, cost, candidates in (
        (0.8, 0.1, [20, 6, 1]), (0.6, 0.125, [1, 3, 16]), (1.0, 0.2, [2, 9]), (0.3, 0.6, [9, 1, 4]),
    ):
        expected = reference.best_num_draft(probability, cost, candidates)
        given = list(candidates)
        checks.integer(best_num_draft(probability, cost, given), expected)
        assert given == candidates, "best_num_draft changed its list of candidates"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Count every token of a round and all of its time; a small slip in either moves the best K by one or two.
""" # END TEST CONFIG
def test_best_of_close_candidates(best_num_draft):
    from reference import checks, speculative_decoding as reference

    for probability, cost, candidates in (
        (0.8, 0.1, [8, 3, 1, 5]), (0.6, 0.1, [2, 3, 4, 5]), (0.9, 0.1, list(range(16, 3, -1))),
        (0.8, 0.2, [3, 4, 5, 9]), (0.75, 0.03, [17]),
    ):
        expected = reference.best_num_draft(probability, cost, candidates)
        checks.integer(best_num_draft(probability, cost, list(candidates)), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Of two equally quick candidates the smaller wins, wherever it stands in the list.
""" # END TEST CONFIG
def test_ties_between_candidates(best_num_draft):
    from reference import checks

    for candidates, expected in (([6, 2, 4], 2), ([9, 5, 8, 7], 5)):
        checks.integer(best_num_draft(0.0, 0.0, list(candidates)), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A round takes its random numbers from rng, so the same seed gives the same rounds and another seed others.
""" # END TEST CONFIG
def test_randomness_of_a_round(draft_and_verify):
    from reference import speculative_decoding as reference

    reference.check_rng_of_rounds(draft_and_verify)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A simulation takes its random numbers from rng, so the same seed gives the same result and another seed another.
""" # END TEST CONFIG
def test_randomness_of_a_simulation(simulate):
    from reference import speculative_decoding as reference

    reference.check_rng_of_simulation(simulate)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Each function refuses arguments out of range with a ValueError that names the argument, and takes those at the edge.
""" # END TEST CONFIG
def test_arguments_out_of_range(draft_and_verify, simulate, expected_tokens, best_num_draft):
    from reference import speculative_decoding as reference

    reference.check_errors(draft_and_verify, simulate, expected_tokens, best_num_draft)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# First eight rounds with five drafts each: what is kept and what is thrown away?

# %%
def draw_rounds(rounds, num_draft):
    """One row a round: accepted drafts, the large model's own token, drafts thrown away."""
    looks = {
        "draft accepted": ("#0072B2", ""),
        "large model's own token": ("#E69F00", ".."),
        "draft thrown away": ("#D9D9D9", "//"),
    }
    fig, ax = plt.subplots(figsize=(8.4, 3.6))
    for row, (accepted, emitted) in enumerate(rounds):
        kinds = ["draft accepted"] * accepted + ["large model's own token"]
        kinds += ["draft thrown away"] * (num_draft - accepted - 1)
        for position, kind in enumerate(kinds):
            color, hatch = looks[kind]
            ax.barh(row, 0.92, left=position + 0.54, height=0.76, color=color, hatch=hatch,
                    edgecolor="white")
        ax.text(num_draft + 1.7, row, f"{emitted} tokens" if emitted > 1 else "1 token", va="center")
    for kind, (color, hatch) in looks.items():
        ax.bar(0, 0, color=color, hatch=hatch, edgecolor="white", label=kind)
    ax.set(xlabel="position in the round", ylabel="round", xlim=(0.4, num_draft + 2.9),
           ylim=(len(rounds) - 0.4, -0.6), xticks=range(1, num_draft + 2),
           yticks=range(len(rounds)), yticklabels=range(1, len(rounds) + 1))
    ax.set_title("Eight rounds, five drafts each, match probability 0.8", pad=30)
    ax.legend(ncol=3, loc="lower center", bbox_to_anchor=(0.5, 0.99), frameon=False, fontsize=9)
    ax.grid(False)
    plt.show()


try:
    rng = np.random.default_rng(3)
    rounds = [draft_and_verify(0.8, 5, rng) for _ in range(8)]
    tokens = sum(emitted for _, emitted in rounds)
    draw_rounds(rounds, 5)
except Exception:
    plt.close("all")
    print("Fill in draft_and_verify above, then run this cell again.")
else:
    print(f"{tokens} tokens came out of 8 large passes: {tokens / 8:.2f} a pass.")

# %% [markdown]
# Now many rounds for each K, for three match probabilities. A draft step costs 0.1 of a large pass here, about what a 7B model costs beside a 70B one.

# %%
def draw_against_num_draft(simulations, num_drafts, best):
    """Acceptance rate and time per token against K, one line a match probability."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2))
    looks = {0.6: ("#0072B2", "o"), 0.8: ("#D55E00", "s"), 0.9: ("#009E73", "^")}
    for probability, results in simulations.items():
        color, marker = looks[probability]
        label = f"match probability {probability}"
        left.plot(num_drafts, [r["acceptance_rate"] for r in results], color=color, marker=marker,
                  markersize=4, label=label)
        times = [r["time_per_token"] for r in results]
        right.plot(num_drafts, times, color=color, marker=marker, markersize=4, label=label)
        right.plot(best[probability], times[best[probability] - 1], marker="*", markersize=17,
                   color=color, markeredgecolor="black", linestyle="none")
        right.annotate(f"best K = {best[probability]}", fontsize=9, ha="center",
                       xy=(best[probability], times[best[probability] - 1]),
                       xytext=(0, 12), textcoords="offset points")
    right.axhline(1, color="black", linestyle="--", linewidth=1)
    right.text(num_drafts[0], 1.02, "without drafts: one token a pass", va="bottom", fontsize=9)
    right.plot([], [], "*", color="white", markeredgecolor="black", markersize=13,
               label="best K by expected speedup")
    left.set(title="The accepted share of the drafts falls with K", ylim=(0, 1),
             xlabel="K, drafts a round", ylabel="acceptance rate (accepted / drafted)")
    right.set(title="Time per token has a best K", ylim=(0, 1.15),
              xlabel="K, drafts a round", ylabel="time per token (large passes)")
    left.legend(fontsize=9)
    right.legend(fontsize=8.5, loc="lower right", ncol=2)
    fig.tight_layout()
    plt.show()


try:
    num_drafts = list(range(1, 17))
    simulations = {
        probability: [simulate(probability, k, 1500, 0.1, np.random.default_rng(k)) for k in num_drafts]
        for probability in (0.6, 0.8, 0.9)
    }
    best = {probability: best_num_draft(probability, 0.1, num_drafts) for probability in simulations}
    draw_against_num_draft(simulations, num_drafts, best)
except Exception:
    plt.close("all")
    print("Fill in simulate and best_num_draft above, then run this cell again.")
else:
    print("Best K at draft cost 0.1:", ", ".join(f"{k} for match probability {p}" for p, k in best.items()))
    rates = [result["acceptance_rate"] for result in simulations[0.8]]
    print(f"Acceptance rate at match probability 0.8: {rates[0]:.2f} for K = 1, {rates[-1]:.2f} for K = 16.")

# %% [markdown]
# The same in exact numbers, for drafts as cheap as in your prediction (0.05) and for 0.1. The last lines ask where the speed comes from: what if the large model could check only one token in a pass, and so needed a pass for every token of the text again?

# %%
try:
    lines = []
    for cost in (0.05, 0.1):
        lines.append(f"match probability 0.8, draft cost {cost}")
        for k in (1, 3, 5, 8, 16):
            tokens = expected_tokens(0.8, k)
            speedup = tokens / (k * cost + 1)
            lines.append(f"  K = {k:2d}: {tokens:.2f} tokens a round, speedup {speedup:.2f}")
        lines.append(f"  best K of 1 to 20: {best_num_draft(0.8, cost, list(range(1, 21)))}")
    tokens = expected_tokens(0.8, 5)
    lines.append("match probability 0.8, K = 5, a pass for every token")
    for cost in (0.05, 0.0):
        lines.append(f"  draft cost {cost}: speedup {tokens / (tokens + 5 * cost):.2f}")
except Exception:
    print("Fill in expected_tokens and best_num_draft above, then run this cell again.")
else:
    print("\n".join(lines))

# %% [markdown]
# ### What you saw
# One pass of the large model reads all its weights once, whether it writes one token or checks five, and this reading is what takes the time. Speculative decoding spreads one reading over several tokens. Take that away and even a small model that costs nothing gains nothing, as the last line shows; the small model only has to be cheap and often right. The chance that a draft is still needed shrinks with every position, while each draft costs the same, so there is a best K. It grows when the models agree more and when drafts get cheaper: at match probability 0.8 it is 8 for a draft cost of 0.05 and 6 for 0.1.
