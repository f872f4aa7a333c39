"""
misconception: The K with the largest time per token is taken.
feedback: A speedup is best when it is largest, a time when it is smallest; do not mix the two up.
fails: [test_best_of_a_few, test_best_of_candidates_far_apart, test_best_of_close_candidates]
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
    return float(sum(match_probability**power for power in range(num_draft + 1)))


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    def time_per_token(k):
        return (k * draft_cost + 1) / expected_tokens(match_probability, k)

    return max(sorted(candidates), key=time_per_token)
