"""
style: The first mismatch is looked for in an array.
fails: [test_round_of_certain_matches, test_simulated_tokens_with_certain_matches, test_tokens_that_one_round_emits]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    mismatch = rng.random(num_draft) >= match_probability
    if mismatch.any():
        num_accepted = int(mismatch.argmax())
        num_emitted = num_accepted + 1
    else:
        num_accepted = num_emitted = num_draft
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
    best, most = None, 0
    for k in sorted(candidates):
        speed = expected_tokens(match_probability, k) / (k * draft_cost + 1)
        if speed > most:
            best, most = k, speed
    return best
