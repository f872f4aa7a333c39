"""
style: a recursive round, a sum over prefixes, zero-dimensional float64 tensors come back
"""

import torch


def draft_and_verify(match_probability, num_draft, rng):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    if rng.uniform() >= match_probability:
        return 0, 1
    if num_draft == 1:
        return 1, 2
    accepted, emitted = draft_and_verify(match_probability, num_draft - 1, rng)
    return accepted + 1, emitted + 1


def simulate(match_probability, num_draft, num_rounds, draft_cost, rng):
    require(num_rounds >= 1, "num_rounds", num_rounds)
    require(draft_cost >= 0, "draft_cost", draft_cost)
    rounds = [draft_and_verify(match_probability, num_draft, rng) for _ in range(num_rounds)]
    accepted, emitted = torch.tensor(rounds, dtype=torch.float64).mean(dim=0)
    time = num_draft * draft_cost + 1
    return {
        "acceptance_rate": accepted / num_draft,
        "tokens_per_round": emitted,
        "time_per_token": time / emitted,
        "speedup": emitted / time,
    }


def expected_tokens(match_probability, num_draft):
    require(0 <= match_probability <= 1, "match_probability", match_probability)
    require(num_draft >= 1, "num_draft", num_draft)
    powers = torch.tensor(match_probability, dtype=torch.float64).expand(num_draft).cumprod(0)
    return 1 + powers.sum()


def best_num_draft(match_probability, draft_cost, candidates):
    require(draft_cost >= 0, "draft_cost", draft_cost)
    require(len(candidates) >= 1, "candidates", candidates)
    speedup = {k: expected_tokens(match_probability, k) / (k * draft_cost + 1) for k in candidates}
    return min(k for k in speedup if speedup[k] == max(speedup.values()))
