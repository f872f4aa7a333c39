"""
misconception: The small model stops drafting at the first mismatch, so a round makes and pays for no more drafts.
feedback: The small model makes all K drafts before the large one looks at any of them, so every round counts and pays for K, also those behind the mismatch.
fails: [test_acceptance_rate, test_time_per_token_with_several_drafts_a_round]
"""


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    num_accepted = 0
    while num_accepted < num_draft and rng.random() < match_probability:
        num_accepted += 1
    return num_accepted, num_accepted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    rounds = [draft_and_verify(match_probability, num_draft, rng) for _ in range(num_rounds)]
    accepted = sum(num_accepted for num_accepted, _ in rounds)
    tokens = sum(num_emitted for _, num_emitted in rounds)
    drafted = sum(min(num_emitted, num_draft) for _, num_emitted in rounds)
    time = drafted * draft_cost + num_rounds
    return {
        "acceptance_rate": accepted / drafted,
        "tokens_per_round": tokens / num_rounds,
        "time_per_token": time / tokens,
        "speedup": tokens / time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    total, chance = 0.0, 1.0
    for _ in range(num_draft + 1):
        total += chance
        chance *= match_probability
    return total


def best_num_draft(match_probability, draft_cost, candidates):
    require(len(candidates) >= 1, "candidates", candidates)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    times = {}
    for k in sorted(candidates):
        times[k] = (k * draft_cost + 1) / expected_tokens(match_probability, k)
    return min(times, key=times.get)
