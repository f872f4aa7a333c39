"""
misconception: Arguments out of range are computed with all the same.
feedback: A probability of 1.2 or a draft of no tokens has no meaning, so the function should say which argument is wrong.
fails: [test_arguments_out_of_range]
"""

def draft_and_verify(match_probability, num_draft, rng):
    num_accepted = 0
    for _ in range(num_draft):
        if rng.random() >= match_probability:
            break
        num_accepted += 1
    return num_accepted, num_accepted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
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
    if match_probability == 1:
        return float(num_draft + 1)
    return (1 - match_probability ** (num_draft + 1)) / (1 - match_probability)


def best_num_draft(match_probability, draft_cost, candidates):
    best, best_speedup = None, -1.0
    for num_draft in sorted(candidates):
        speedup = expected_tokens(match_probability, num_draft) / (num_draft * draft_cost + 1)
        if speedup > best_speedup:
            best, best_speedup = num_draft, speedup
    return best
