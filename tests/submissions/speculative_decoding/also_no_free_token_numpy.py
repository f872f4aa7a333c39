"""
style: All draws at once.
fails: [test_acceptance_rate, test_first_mismatch_ends_a_round, test_round_of_certain_matches, test_round_of_certain_mismatches, test_simulated_tokens_with_certain_matches, test_tokens_per_round, test_tokens_that_one_round_emits]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    matched = rng.random(num_draft) < match_probability
    num_accepted = int(np.cumprod(matched).sum())
    return num_accepted, num_accepted


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    rounds = np.array([draft_and_verify(match_probability, num_draft, rng) for _ in range(num_rounds)])
    accepted, emitted = rounds.sum(axis=0)
    time = num_rounds + num_rounds * num_draft * draft_cost
    return {
        "acceptance_rate": accepted / num_draft / num_rounds,
        "tokens_per_round": emitted / num_rounds,
        "time_per_token": time / emitted,
        "speedup": emitted / time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    total, chance = 1.0, 1.0
    for _ in range(num_draft):
        chance *= match_probability
        total += chance
    return total


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    return min(candidates, key=lambda k: ((k * draft_cost + 1) / expected_tokens(match_probability, k), k))
