"""
style: One helper for the time of a round in both functions.
fails: [test_best_of_a_few, test_best_of_candidates_far_apart, test_best_of_close_candidates, test_simulated_times_with_certain_matches, test_time_per_token_with_several_drafts_a_round]
"""


def round_time(draft_cost):
    return draft_cost + 1


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
    total_time = num_rounds * round_time(draft_cost)
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
    best = None
    best_speedup = 0
    for k in sorted(candidates):
        speedup = expected_tokens(match_probability, k) / round_time(draft_cost)
        if best is None or speedup > best_speedup:
            best, best_speedup = k, speedup
    return best
