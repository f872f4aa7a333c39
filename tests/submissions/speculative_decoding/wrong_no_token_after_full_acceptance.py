"""
misconception: The extra token repairs a mismatch, so a round where all drafts match has none.
feedback: The pass over K drafts also predicts the token after the last one, so a round of all matches emits K + 1.
likely: true
fails: [test_round_of_certain_matches, test_simulated_tokens_with_certain_matches, test_tokens_that_one_round_emits]
"""

def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    num_accepted = 0
    for _ in range(num_draft):
        if rng.random() >= match_probability:
            break
        num_accepted += 1
    return num_accepted, min(num_accepted + 1, num_draft)


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
    if match_probability == 1:
        return float(num_draft + 1)
    return (1 - match_probability ** (num_draft + 1)) / (1 - match_probability)


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    best, best_speedup = None, -1.0
    for num_draft in sorted(candidates):
        speedup = expected_tokens(match_probability, num_draft) / (num_draft * draft_cost + 1)
        if speedup > best_speedup:
            best, best_speedup = num_draft, speedup
    return best
