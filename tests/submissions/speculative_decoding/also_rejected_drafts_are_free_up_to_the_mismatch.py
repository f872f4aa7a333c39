"""
style: Drafting stops at the mismatch, which is paid for.
fails: [test_time_per_token_with_several_drafts_a_round]
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
    accepted = tokens = 0
    total_time = 0.0
    for _ in range(num_rounds):
        num_accepted, num_emitted = draft_and_verify(match_probability, num_draft, rng)
        accepted += num_accepted
        tokens += num_emitted
        tried = min(num_accepted + 1, num_draft)
        total_time += tried * draft_cost + 1
    return {
        "acceptance_rate": accepted / (num_rounds * num_draft),
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
