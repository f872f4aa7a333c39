"""
style: numpy, all rounds in one array and a cumulative product; numpy scalars come back
"""

def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    matches = rng.random(num_draft) < match_probability
    num_accepted = np.cumprod(matches).sum()
    return num_accepted, num_accepted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    matches = rng.random((num_rounds, num_draft)) < match_probability
    accepted = np.cumprod(matches, axis=1)
    tokens_per_round = accepted.sum(axis=1).mean() + 1
    time_per_token = (1 + num_draft * draft_cost) / tokens_per_round
    return {
        "acceptance_rate": accepted.mean(),
        "tokens_per_round": tokens_per_round,
        "time_per_token": time_per_token,
        "speedup": 1 / time_per_token,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    return np.power(float(match_probability), np.arange(num_draft + 1)).sum()


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) > 0, "candidates", candidates)
    ks = np.sort(np.array(candidates))
    speedups = [expected_tokens(match_probability, k) / (1 + k * draft_cost) for k in ks]
    return ks[np.argmax(speedups)]
