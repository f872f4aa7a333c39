"""
style: numpy's argmax over the list as it stands.
fails: [test_ties_between_candidates]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    mismatches = np.flatnonzero(rng.random(num_draft) >= match_probability)
    num_accepted = int(mismatches[0]) if len(mismatches) else num_draft
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
    return float(sum(match_probability**power for power in range(num_draft + 1)))


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    speedups = [expected_tokens(match_probability, k) / (1 + k * draft_cost) for k in candidates]
    return candidates[int(np.argmax(speedups))]
