"""
style: Exponentials in double precision, by numpy.
fails: [test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    scores = np.exp((hidden_states @ router_weight.T).double().numpy())
    return torch.tensor(scores / scores.sum(axis=-1, keepdims=True)).to(hidden_states.dtype)


def select_experts(router_probs, top_k):
    num_experts = router_probs.size(-1)
    top_k_is_possible = top_k in range(1, num_experts + 1)
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = router_probs.topk(top_k, dim=-1)
    expert_ids = chosen[1]
    expert_weights = chosen[0] / torch.sum(chosen[0], dim=-1, keepdim=True)
    return expert_weights, expert_ids
