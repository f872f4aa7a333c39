"""
style: The speedup is the mean of the rounds' inverse times.
fails: [test_speedup, test_time_per_token_with_free_drafts, test_time_per_token_with_one_draft_a_round, test_time_per_token_with_several_drafts_a_round]
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
    accepted, emitted = rounds[:, 0], rounds[:, 1]
    per_token = (1 + num_draft * draft_cost) / emitted
    return {
        "acceptance_rate": accepted.mean() / num_draft,
        "tokens_per_round": emitted.mean(),
        "time_per_token": per_token.mean(),
        "speedup": (1 / per_token).mean(),
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
    best, most = None, 0
    for k in sorted(candidates):
        speed = expected_tokens(match_probability, k) / (k * draft_cost + 1)
        if speed > most:
            best, most = k, speed
    return best
