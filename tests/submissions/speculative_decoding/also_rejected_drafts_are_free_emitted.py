"""
style: As many draft steps as tokens come out.
fails: [test_simulated_times_with_certain_matches, test_time_per_token_with_one_draft_a_round, test_time_per_token_with_several_drafts_a_round]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    num_accepted = 0
    while num_accepted < num_draft and rng.random() < match_probability:
        num_accepted += 1
    return num_accepted, num_accepted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    accepted = tokens = 0
    for _ in range(num_rounds):
        num_accepted, num_emitted = draft_and_verify(match_probability, num_draft, rng)
        accepted += num_accepted
        tokens += num_emitted
    total_time = tokens * draft_cost + num_rounds
    return {
        "acceptance_rate": accepted / (num_rounds * num_draft),
        "tokens_per_round": tokens / num_rounds,
        "time_per_token": total_time / tokens,
        "speedup": tokens / total_time,
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
