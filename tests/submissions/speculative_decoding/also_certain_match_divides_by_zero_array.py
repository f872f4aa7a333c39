"""
style: numpy's powers, and 0/0 without a warning.
fails: [test_expected_tokens_of_certain_matches]
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
    with np.errstate(all="ignore"):
        missing = np.power(float(match_probability), num_draft + 1)
        return float(np.divide(1 - missing, 1 - match_probability))


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    def speedup(k):
        return expected_tokens(match_probability, k) / (1 + k * draft_cost)

    return max(sorted(candidates), key=speedup)
