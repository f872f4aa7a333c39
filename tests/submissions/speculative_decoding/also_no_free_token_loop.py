"""
style: The tokens are the accepted drafts, counted in the loop.
fails: [test_acceptance_rate, test_first_mismatch_ends_a_round, test_round_of_certain_matches, test_round_of_certain_mismatches, test_simulated_tokens_with_certain_matches, test_tokens_per_round, test_tokens_that_one_round_emits]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    num_accepted = num_emitted = 0
    for _ in range(num_draft):
        if rng.random() < match_probability:
            num_accepted += 1
            num_emitted += 1
        else:
            break
    return num_accepted, num_emitted


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    accepted = tokens = 0
    for _ in range(num_rounds):
        num_accepted, num_emitted = draft_and_verify(match_probability, num_draft, rng)
        accepted += num_accepted
        tokens += num_emitted
    total_time = num_rounds * (num_draft * draft_cost + 1)
    if tokens == 0:
        return {"acceptance_rate": 0.0, "tokens_per_round": 0.0, "time_per_token": float("inf"), "speedup": 0.0}
    return {
        "acceptance_rate": accepted / (num_rounds * num_draft),
        "tokens_per_round": tokens / num_rounds,
        "time_per_token": total_time / tokens,
        "speedup": tokens / total_time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    if match_probability == 1:
        return num_draft + 1.0
    return (1 - match_probability ** (num_draft + 1)) / (1 - match_probability)


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    def speedup(k):
        return expected_tokens(match_probability, k) / (1 + k * draft_cost)

    return max(sorted(candidates), key=speedup)
