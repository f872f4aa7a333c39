"""
style: Double precision, which only moves the limit.
fails: [test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(f"hidden_states and router_weight: {hidden_states.shape[1]} and {router_weight.shape[1]}")
    scores = hidden_states.double() @ router_weight.double().T
    exp_scores = torch.exp(scores)
    return exp_scores / exp_scores.sum(dim=1, keepdim=True)


def select_experts(router_probs, top_k):
    n = router_probs.shape[1]
    if top_k < 1 or top_k > n:
        raise ValueError(f"top_k = {top_k} is not between 1 and {n}")
    order = torch.argsort(router_probs, dim=1, descending=True)
    expert_ids = order[:, :top_k]
    best = torch.gather(router_probs, 1, expert_ids)
    return best / best.sum(dim=1, keepdim=True), expert_ids
