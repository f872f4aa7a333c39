"""
style: Each of the numbers is the mean of the rounds' own.
fails: [test_speedup, test_time_per_token_with_free_drafts, test_time_per_token_with_one_draft_a_round, test_time_per_token_with_several_drafts_a_round]
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
    rates, emitted, times, speedups = [], [], [], []
    for _ in range(num_rounds):
        a, e = draft_and_verify(match_probability, num_draft, rng)
        time = num_draft * draft_cost + 1
        rates.append(a / num_draft)
        emitted.append(e)
        times.append(time / e)
        speedups.append(e / time)
    return {
        "acceptance_rate": float(np.mean(rates)),
        "tokens_per_round": float(np.mean(emitted)),
        "time_per_token": float(np.mean(times)),
        "speedup": float(np.mean(speedups)),
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    return float(sum(match_probability**power for power in range(num_draft + 1)))


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    return min(candidates, key=lambda k: ((k * draft_cost + 1) / expected_tokens(match_probability, k), k))
