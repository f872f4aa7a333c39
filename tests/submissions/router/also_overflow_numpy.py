"""
style: numpy.
fails: [test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(f"hidden_states and router_weight: {hidden_states.shape[1]} and {router_weight.shape[1]}")
    scores = hidden_states.numpy() @ router_weight.numpy().T
    e = np.exp(scores)
    return torch.tensor(e / e.sum(axis=1, keepdims=True))


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    top_k_is_possible = 1 <= top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)
    return expert_weights, expert_ids
