"""
style: one geometric random number a round, the sum of powers by Horner's rule, min over pairs
"""

def draft_and_verify(match_probability, num_draft, rng):
    if not 0 <= match_probability <= 1:
        raise ValueError(f"match_probability must lie in 0..1, not {match_probability}")
    if num_draft < 1:
        raise ValueError(f"num_draft must be at least 1, not {num_draft}")
    if match_probability == 1:
        return num_draft, num_draft + 1
    first_mismatch = int(rng.geometric(1 - match_probability))
    return min(first_mismatch - 1, num_draft), min(first_mismatch, num_draft + 1)


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    if num_rounds < 1:
        raise ValueError(f"num_rounds must be at least 1, not {num_rounds}")
    if draft_cost < 0:
        raise ValueError(f"draft_cost must be 0 or more, not {draft_cost}")
    emitted = [draft_and_verify(match_probability, num_draft, rng)[1] for _ in range(num_rounds)]
    seconds = sum(num_draft * draft_cost + 1 for _ in emitted)
    return dict(
        speedup=sum(emitted) / seconds,
        time_per_token=seconds / sum(emitted),
        tokens_per_round=sum(emitted) / len(emitted),
        acceptance_rate=sum(e - 1 for e in emitted) / len(emitted) / num_draft,
    )


def expected_tokens(match_probability, num_draft):
    if match_probability < 0 or match_probability > 1:
        raise ValueError(f"match_probability must lie in 0..1, not {match_probability}")
    if num_draft < 1:
        raise ValueError(f"num_draft must be at least 1, not {num_draft}")
    total = 1.0
    for _ in range(num_draft):
        total = 1 + match_probability * total
    return total


def best_num_draft(match_probability, draft_cost, candidates):
    if draft_cost < 0:
        raise ValueError(f"draft_cost must be 0 or more, not {draft_cost}")
    if not candidates:
        raise ValueError(f"candidates must not be empty: {candidates}")
    times = [((1 + k * draft_cost) / expected_tokens(match_probability, k), k) for k in candidates]
    return min(times)[1]
