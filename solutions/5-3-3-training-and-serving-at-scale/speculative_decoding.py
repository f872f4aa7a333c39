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
# Three drafts are accepted. At the mismatch the large model's own token, "of", is already there, so it is kept too: **four tokens** come out of one large pass. (Its fifth token is left out of the table: it was computed as if "to" stood before it, so it is worth nothing.) Had all five matched, the same pass would also have given the token after them: six. And the text is the one that the large model would have written alone, if it always takes its most probable token. (If it samples, a draft is accepted with a probability that depends on both models, and tokens still come out as often as the large model alone would draw them: Leviathan et al. 2023, algorithm 1.)
#
# How can one pass check five tokens? As in training: a forward pass over the text with the five drafts behind it gives the model's next token at every position, so also what it would have written in place of each draft.
#
# Why is checking five tokens as quick as writing one? To write one token, a 70B model in 16 bits reads all its 140 GB of weights. Two A100s hold them, each half of the layers, and work one after the other. At 2.04 TB/s, the memory speed of an A100, the reading takes 69 ms in all, and the arithmetic, 2 FLOPs for each weight at 312 TFLOPS, only 0.45 ms. Five tokens at once need the same 69 ms of reading. So let one large pass take 1 unit of time, whatever it checks, and one draft step `draft_cost` units. The 7B model reads a tenth as much, so its draft step costs about 0.1; a model half as large would cost 0.05. The drafts and the pass that checks them are a *round*. At 0.05, the round above took $5 \cdot 0.05 + 1 = 1.25$ units for four tokens: 0.3125 a token instead of 1.
#
# To experiment without two language models, let each draft match with the same probability `match_probability`, independently of the others. (The paper calls this number the acceptance rate. Here `acceptance_rate` is what comes of it: accepted drafts divided by all drafts.)

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
# * `best_num_draft` compares tokens **per unit of time**: a round's tokens against all the time that the round takes.
#
# Raise a `ValueError` that names the argument for a probability outside 0..1, for `num_draft`, a candidate or `num_rounds` below 1, for `draft_cost` below 0, and for no candidates, in each function that has the argument. The helper `require` of the opening cell does it in one line: `require(condition, name, value)`.

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
    answer = prediction_speculative_decoding
    assert type(answer) is str and answer in ("yes", "no"), (
        f"prediction_speculative_decoding is {'still `...`' if answer is ... else repr(answer)}; "
        "choose 'yes' or 'no'."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_round_of_certain_matches(draft_and_verify):
    import numpy as np

    result = draft_and_verify(1.0, 5, np.random.default_rng(1))
    assert type(result) in (tuple, list), (
        f"draft_and_verify(1.0, 5, rng) returned {described(result)}; expected the pair (5, 6)."
    )
    assert [str(part) for part in result] == ["5", "6"] or list(result) == [5, 6], (
        f"draft_and_verify(1.0, 5, rng) returned ({', '.join(str(part) for part in result)}); "
        "expected (5, 6): five drafts accepted and the token after them."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_round_of_certain_mismatches(draft_and_verify):
    import numpy as np

    result = draft_and_verify(0.0, 5, np.random.default_rng(1))
    assert type(result) in (tuple, list), (
        f"draft_and_verify(0.0, 5, rng) returned {described(result)}; expected the pair (0, 1)."
    )
    assert list(result) == [0, 1], (
        f"draft_and_verify(0.0, 5, rng) returned ({', '.join(str(part) for part in result)}); "
        "expected (0, 1): no draft accepted, and the large model's own token."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_first_mismatch_ends_a_round(draft_and_verify):
    """Judged by exact draws, or else by how often: a right answer may draw in another way."""
    import numpy as np

    rng = np.random.default_rng(5623)
    result = draft_and_verify(0.5, 4, rng)
    assert type(result) in (tuple, list) and len(result) == 2, (
        f"draft_and_verify(0.5, 4, rng) returned {described(result)}; expected a pair."
    )
    if list(result) != [2, 3]:
        rounds = [list(draft_and_verify(0.5, 4, rng)) for _ in range(400)]
        none_accepted, one_accepted = rounds.count([0, 1]), rounds.count([1, 2])
        assert 150 <= none_accepted <= 250 and 55 <= one_accepted <= 145, (
            f"draft_and_verify(0.5, 4, rng) returned "
            f"({', '.join(str(part) for part in result)}) where rng.random() gives 0.11, 0.24, "
            "0.94, 0.29, that is match, match, mismatch, match; expected (2, 3), since the "
            f"first mismatch ends the round. Of 400 more rounds {none_accepted} were (0, 1) and "
            f"{one_accepted} were (1, 2); expected about 200 and 100."
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
    assert type(result) is dict, f"{call} returned {described(result)}; expected a dict."
    for key, expected in {"acceptance_rate": 1.0, "tokens_per_round": 5.0}.items():
        assert key in result, f"{call} returned a dict with keys {list(result)}; {key!r} is missing."
        assert hasattr(result[key], "__float__"), (
            f"{call}[{key!r}] is {described(result[key])}; expected {expected}."
        )
        value = round(float(result[key]), 4)
        assert math.isclose(value, expected, abs_tol=1e-4), (
            f"{call}[{key!r}] is {value}; expected {expected}."
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
    assert type(result) is dict, f"{call} returned {described(result)}; expected a dict."
    for key in ("tokens_per_round", "time_per_token", "speedup"):
        assert key in result, f"{call} returned a dict with keys {list(result)}; {key!r} is missing."
        assert hasattr(result[key], "__float__"), (
            f"{call}[{key!r}] is {described(result[key])}; expected a number."
        )
    tokens = float(result["tokens_per_round"])
    assert tokens > 0, f"{call}['tokens_per_round'] is {tokens}; expected more than 0."
    for key, expected in {"time_per_token": 2 / tokens, "speedup": tokens / 2}.items():
        value = float(result[key])
        assert math.isclose(value, expected, rel_tol=1e-6), (
            f"{call}[{key!r}] is {round(value, 4)}; expected {round(expected, 4)}, since a round "
            f"takes 4 * 0.25 + 1 = 2 units of time and yields your {round(tokens, 4)} tokens."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_expected_tokens_of_a_few(expected_tokens):
    import math

    for arguments, expected in (((0.8, 1), 1.8), ((0.5, 3), 1.875)):
        result = expected_tokens(*arguments)
        try:
            value = float(result)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(
                f"expected_tokens{arguments} returned {described(result)}; expected the number {expected}."
            ) from None
        assert math.isclose(value, expected, rel_tol=1e-6), (
            f"expected_tokens{arguments} returned {round(value, 4)}; expected {expected}, "
            "a power of the match probability for each of 0 to K."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_best_of_a_few(best_num_draft):
    call = "best_num_draft(0.8, 0.05, [1, 3, 8, 16])"
    result = best_num_draft(0.8, 0.05, [1, 3, 8, 16])
    try:
        value = float(result)
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(f"{call} returned {described(result)}; expected one of the candidates.") from None
    assert value == 8, (
        f"{call} returned {round(value, 4):g}; expected 8. K = 16 brings 0.56 tokens more in a round, "
        "and its round takes 1.8 units of time instead of 1.4."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
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
            reference.check_emitted(rounds)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: 'The acceptance rate divides by the drafts that were made: those after a mismatch were drafted too, and the free token was not.'
""" # END TEST CONFIG
def test_acceptance_rate(draft_and_verify, simulate):
    from reference import speculative_decoding as reference

    for probability, num_draft, seed in ((0.6, 5, 31), (0.85, 3, 32), (0.0, 2, 33)):
        result = reference.simulated(simulate, probability, num_draft, 2000, 0.1, seed)
        reference.check_acceptance_rate(result, probability, num_draft, 2000, draft_and_verify)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The tokens per round are all tokens that the rounds emitted, divided by the rounds.
""" # END TEST CONFIG
def test_tokens_per_round(draft_and_verify, simulate):
    from reference import speculative_decoding as reference

    for probability, num_draft, seed in ((0.75, 4, 41), (0.9, 2, 42), (0.0, 3, 43)):
        result = reference.simulated(simulate, probability, num_draft, 2000, 0.1, seed)
        reference.check_tokens_per_round(result, probability, num_draft, 2000, draft_and_verify)

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
points: 0.5
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
        checks.close_number(result["speedup"] * result["time_per_token"], 1.0, rel=1e-6)
        speedups.add(result["speedup"])
    assert len(speedups) == 2, "the drafts and their cost make no difference to the speedup"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Sum the powers of the match probability from 0 to K; the first is 1 also for match probability 0.
""" # END TEST CONFIG
def test_expected_tokens(expected_tokens):
    from reference import checks, speculative_decoding as reference

    for probability, num_draft in ((0.37, 1), (0.92, 7), (0.25, 12), (0.0, 3)):
        expected = reference.expected_tokens(probability, num_draft)
        checks.close_number(expected_tokens(probability, num_draft), expected, rel=1e-6)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With a certain match all K drafts come out and the large model's own token; the answer needs no formula.
""" # END TEST CONFIG
def test_expected_tokens_of_certain_matches(expected_tokens):
    from reference import checks

    for num_draft in (1, 4, 9):
        checks.close_number(expected_tokens(1.0, num_draft), num_draft + 1, rel=1e-6)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: More drafts bring more tokens, and each draft costs time, so compare tokens for the time of a round.
""" # END TEST CONFIG
def test_best_of_candidates_far_apart(expected_tokens, best_num_draft):
    from reference import checks, speculative_decoding as reference

    for probability, cost, candidates in (
        (0.8, 0.1, [20, 6, 1]), (0.6, 0.125, [1, 3, 16]), (0.3, 0.6, [9, 1, 4]),
    ):
        best = checks.number(best_num_draft(probability, cost, list(candidates)))
        accepted = reference.best_choices(expected_tokens, probability, cost, candidates)
        assert best in accepted, f"{best} of {candidates}; expected one of {accepted}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Count every token of a round and all of its time; a small slip in either moves the best K by one or two.
""" # END TEST CONFIG
def test_best_of_close_candidates(expected_tokens, best_num_draft):
    from reference import checks, speculative_decoding as reference

    for probability, cost, candidates in (
        (0.8, 0.1, [8, 6, 7]), (0.6, 0.1, [3, 4, 5]), (0.9, 0.1, list(range(16, 9, -1))),
        (0.8, 0.2, [5, 9, 4]), (0.75, 0.03, [17]),
    ):
        best = checks.number(best_num_draft(probability, cost, list(candidates)))
        accepted = reference.best_choices(expected_tokens, probability, cost, candidates)
        assert best in accepted, f"{best} of {candidates}; expected one of {accepted}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
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
failure_message: A function that answers a question leaves its arguments as they were; the list of candidates is the caller's.
""" # END TEST CONFIG
def test_candidates_stay_as_they_were(best_num_draft):
    from reference import checks

    candidates = [5, 2, 8, 3]
    checks.number(best_num_draft(0.8, 0.1, candidates))
    assert candidates == [5, 2, 8, 3], "best_num_draft changed its list of candidates"

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
points: 0.25
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
    """One row per round: accepted drafts, the large model's own token, drafts thrown away."""
    looks = {
        "draft accepted": ("#0072B2", ""),
        "large model's own token": ("#E69F00", ".."),
        "draft thrown away": ("#D9D9D9", "//"),
    }
    fig, ax = plt.subplots(figsize=(8.4, 3.6))
    for row, (accepted, emitted) in enumerate(rounds):
        kinds = ["draft accepted"] * accepted
        kinds += ["large model's own token"] * (emitted - accepted)
        kinds += ["draft thrown away"] * (num_draft - len(kinds))
        for position, kind in enumerate(kinds):
            color, hatch = looks[kind]
            ax.barh(row, 0.92, left=position + 0.54, height=0.76, color=color, hatch=hatch,
                    edgecolor="white")
        ax.text(max(num_draft + 1, len(kinds)) + 0.7, row,
                f"{emitted} token" + ("" if emitted == 1 else "s"), va="center")
    for kind, (color, hatch) in looks.items():
        ax.bar(0, 0, color=color, hatch=hatch, edgecolor="white", label=kind)
    longest = max(num_draft + 1, *(emitted for _, emitted in rounds))
    ax.set(xlabel="position in the round", ylabel="round", xlim=(0.4, longest + 1.9),
           ylim=(len(rounds) - 0.4, -0.6), xticks=range(1, longest + 1),
           yticks=range(len(rounds)), yticklabels=range(1, len(rounds) + 1))
    ax.set_title("Eight rounds, five drafts each, match probability 0.8", pad=30)
    ax.legend(ncol=3, loc="lower center", bbox_to_anchor=(0.5, 0.99), frameon=False, fontsize=9)
    ax.grid(False)
    plt.show()


def play(rng):
    """One round of your draft_and_verify as two ints; says so if it returns something else."""
    result = draft_and_verify(0.8, 5, rng)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(f"draft_and_verify returned {result!r}; expected a pair of numbers")
    accepted, emitted = (number("draft_and_verify", part) for part in result)
    return int(accepted), int(emitted)


with look("draft_and_verify"):
    rng = np.random.default_rng(3)
    rounds = [play(rng) for _ in range(8)]
    draw_rounds(rounds, 5)
    print("Accepted drafts, round by round:", ", ".join(str(accepted) for accepted, _ in rounds))
    tokens = sum(emitted for _, emitted in rounds)
    print(f"{tokens} tokens came out of 8 large passes: {tokens / 8:.2f} a pass.")
    if max(accepted for accepted, _ in rounds) > 5:
        print("More drafts were accepted than the five that were made.")
    if any(emitted == accepted for accepted, emitted in rounds):
        print("In some rounds the large model's own token did not come out.")

# %% [markdown]
# Now many rounds for each K, for three match probabilities. A draft step costs 0.1 of a large pass here, as for the 7B model beside the 70B one. The marks are your simulation, and the thin curves on the right are exact, from your `expected_tokens`.

# %%
def measure(probability, num_draft, cost):
    """Acceptance rate and time per token from your simulate, exact time from expected_tokens."""
    result = simulate(probability, num_draft, 1500, cost, np.random.default_rng(num_draft))
    if not isinstance(result, dict) or not {"acceptance_rate", "time_per_token"} <= set(result):
        raise TypeError(f"simulate returned {described(result)}; expected a dict with its four keys")
    tokens = number("expected_tokens", expected_tokens(probability, num_draft))
    return (number("simulate", result["acceptance_rate"]), number("simulate", result["time_per_token"]),
            (num_draft * cost + 1) / tokens)


def draw_against_num_draft(measured, num_drafts, best):
    """Acceptance rate and time per token against K, one line per match probability."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2))
    looks = {0.6: ("#0072B2", "o"), 0.8: ("#D55E00", "s"), 0.9: ("#009E73", "^")}
    for probability, numbers in measured.items():
        color, marker = looks[probability]
        rates, times, exact_times = zip(*numbers)
        label = f"match probability {probability}"
        left.plot(num_drafts, rates, color=color, marker=marker, markersize=4, label=label)
        right.plot(num_drafts, exact_times, color=color, linewidth=1)
        right.plot(num_drafts, times, color=color, marker=marker, markersize=4, linestyle="none",
                   label=label)
        star = best[probability], exact_times[num_drafts.index(best[probability])]
        right.plot(*star, marker="*", markersize=17, color=color, markeredgecolor="black")
        right.annotate(f"best K = {star[0]}", fontsize=9, ha="center", xy=star, xytext=(0, 12),
                       textcoords="offset points")
    right.axhline(1, color="black", linestyle="--", linewidth=1)
    right.text(num_drafts[0], 1.02, "without drafts: one token a pass", va="bottom", fontsize=9)
    right.plot([], [], "*", color="white", markeredgecolor="black", markersize=13,
               label="your best_num_draft")
    highest = max(rate for numbers in measured.values() for rate, *_ in numbers)
    left.set(title="Accepted share of the drafts", ylim=(0, max(1, highest)),
             xlabel="K, drafts per round", ylabel="acceptance rate (accepted / drafted)")
    right.set(title="Time per token", ylim=(0, None),
              xlabel="K, drafts per round", ylabel="time per token (large passes)")
    left.legend(fontsize=9)
    right.legend(fontsize=8.5, loc="lower right", ncol=2)
    fig.tight_layout()
    plt.show()


def describe(measured, num_drafts, best):
    """The picture in words, and a remark where your functions disagree with each other."""
    for probability, numbers in measured.items():
        rates, times, exact_times = zip(*numbers)
        print(f"Match probability {probability}: acceptance rate {rates[0]:.2f} for K = 1, "
              f"{rates[-1]:.2f} for K = {num_drafts[-1]}; best K = {best[probability]}, "
              f"{exact_times[num_drafts.index(best[probability])]:.2f} large passes a token.")
        slower = [str(k) for k, time in zip(num_drafts, exact_times) if time > 1]
        if slower:
            print(f"  Slower than without drafts: K = {', '.join(slower)}.")
        quickest = num_drafts[exact_times.index(min(exact_times))]
        if quickest != best[probability]:
            print(f"  By your expected_tokens the quickest K is {quickest}, not {best[probability]}.")
        apart = max(abs(time / exact - 1) for time, exact in zip(times, exact_times))
        if apart > 0.15:
            print(f"  simulate and expected_tokens are up to {100 * apart:.0f} % apart.")


with look("draft_and_verify", "simulate", "expected_tokens", "best_num_draft"):
    num_drafts = list(range(1, 17))
    measured = {
        probability: [measure(probability, k, 0.1) for k in num_drafts]
        for probability in (0.6, 0.8, 0.9)
    }
    best = {
        probability: int(number("best_num_draft", best_num_draft(probability, 0.1, num_drafts)))
        for probability in measured
    }
    for k in best.values():
        if k not in num_drafts:
            raise ValueError(f"best_num_draft returned {k}; expected one of the candidates")
    draw_against_num_draft(measured, num_drafts, best)
    describe(measured, num_drafts, best)

# %% [markdown]
# The same in exact numbers, for drafts as cheap as in your prediction (0.05) and for 0.1.
#
# The last speedup asks where the speed comes from. Suppose that the large model could check only one token in a pass. Then every token of the text would need a large pass again, and the drafts would come on top.

# %%
with look("expected_tokens", "best_num_draft"):
    lines = []
    for cost in (0.05, 0.1):
        lines.append(f"match probability 0.8, draft cost {cost}")
        tokens = [number("expected_tokens", expected_tokens(0.8, k)) for k in range(1, 21)]
        best = int(number("best_num_draft", best_num_draft(0.8, cost, list(range(1, 21)))))
        speedups = [tokens[k - 1] / (k * cost + 1) for k in range(1, 21)]
        for k in (1, 3, 5, 8, 16, 20):
            lines.append(f"  K = {k:2d}: {tokens[k - 1]:.2f} tokens a round, "
                         f"speedup {speedups[k - 1]:.2f}")
        slower = [k for k in range(2, 21) if speedups[k - 1] <= speedups[k - 2]]
        lines.append("  " + (f"K = {slower[0]} is slower than K = {slower[0] - 1}" if slower
                             else "each K is quicker than the one before")
                     + f"; best K of 1 to 20, by your best_num_draft: {best}")
        quickest = 1 + speedups.index(max(speedups))
        if best != quickest:
            lines.append(f"  By your expected_tokens the quickest is {quickest}, not {best}.")
    tokens = number("expected_tokens", expected_tokens(0.8, 5))
    lines.append("match probability 0.8, draft cost 0.05, but a large pass for every token\n"
                 f"  K =  5: speedup {tokens / (tokens + 5 * 0.05):.2f}")
    print("\n".join(lines))
    print("Your prediction, is each larger K quicker at draft cost 0.05:", predicted("speculative_decoding"))

# %% [markdown]
# ### What you saw
# One pass of the large model reads all its weights once, whether it writes one token or checks five, and this reading is what takes the time. Speculative decoding spreads one reading over several tokens. Take that away and drafting only costs time, as the last speedup above shows: even a small model that drafts for nothing would gain nothing. The small model only has to be cheap and often right.
#
# A larger K does not always help, because a draft counts only if all drafts before it matched. Its chance shrinks with each position, while each draft costs the same. So there is a best K. It grows when the models agree more and when drafts get cheaper: at match probability 0.8 it is 8 for a draft cost of 0.05 and 6 for 0.1. And too large a K is worse than none: at match probability 0.6 and draft cost 0.1, the text comes out slower than without drafts from K = 15 on.
