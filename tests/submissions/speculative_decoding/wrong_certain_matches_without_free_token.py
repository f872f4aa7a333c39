"""
misconception: If every draft matches, K tokens are expected, as if no token came after the drafts.
feedback: Where all K drafts match, the large model's pass still yields the token after them, so K + 1 are expected.
fails: [test_expected_tokens_of_certain_matches]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    accepted = 0
    for _ in range(num_draft):
        if not rng.random() < match_probability:
            break
        accepted += 1
    return accepted, accepted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    accepted = emitted = 0
    for _ in range(num_rounds):
        result = draft_and_verify(match_probability, num_draft, rng)
        accepted += result[0]
        emitted += result[1]
    time = num_rounds * (1 + num_draft * draft_cost)
    return {
        "acceptance_rate": accepted / (num_draft * num_rounds),
        "tokens_per_round": emitted / num_rounds,
        "time_per_token": time / emitted,
        "speedup": emitted / time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    if match_probability < 1:
        return (1 - match_probability ** (num_draft + 1)) / (1 - match_probability)
    return 1.0 * num_draft


def best_num_draft(match_probability, draft_cost, candidates):
    require(len(candidates) >= 1, "candidates", candidates)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    best, best_time = 0, math.inf
    for k in sorted(candidates):
        time = (1 + k * draft_cost) / expected_tokens(match_probability, k)
        if time < best_time:
            best, best_time = k, time
    return best
