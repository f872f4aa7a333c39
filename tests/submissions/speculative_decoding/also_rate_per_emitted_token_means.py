"""
style: A ratio of two means.
fails: [test_acceptance_rate, test_simulated_tokens_with_certain_matches]
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
    rounds = [draft_and_verify(match_probability, num_draft, rng) for _ in range(num_rounds)]
    accepted = sum(a for a, _ in rounds) / num_rounds
    emitted = sum(e for _, e in rounds) / num_rounds
    time = num_draft * draft_cost + 1
    return {
        "acceptance_rate": accepted / emitted,
        "tokens_per_round": emitted,
        "time_per_token": time / emitted,
        "speedup": emitted / time,
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
