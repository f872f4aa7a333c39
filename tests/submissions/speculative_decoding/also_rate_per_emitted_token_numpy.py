"""
style: Columns of an array.
fails: [test_acceptance_rate, test_simulated_tokens_with_certain_matches]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    for position in range(num_draft):
        if rng.random() >= match_probability:
            return position, position + 1
    return num_draft, num_draft + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    rounds = np.array([draft_and_verify(match_probability, num_draft, rng) for _ in range(num_rounds)])
    total_time = num_rounds * (1 + num_draft * draft_cost)
    accepted, tokens = rounds[:, 0].sum(), rounds[:, 1].sum()
    return {
        "acceptance_rate": accepted / tokens,
        "tokens_per_round": tokens / num_rounds,
        "time_per_token": total_time / tokens,
        "speedup": tokens / total_time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    return float(sum(match_probability**power for power in range(num_draft + 1)))


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    best, most = None, 0
    for k in sorted(candidates):
        speed = expected_tokens(match_probability, k) / (k * draft_cost + 1)
        if speed > most:
            best, most = k, speed
    return best
