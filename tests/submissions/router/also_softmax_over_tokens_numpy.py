"""
style: numpy, with the sum along the wrong axis.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(f"hidden_states and router_weight: {hidden_states.shape[1]} and {router_weight.shape[1]}")
    scores = np.dot(hidden_states.numpy(), router_weight.numpy().T)
    e = np.exp(scores - scores.max(axis=0))
    return torch.from_numpy(e / e.sum(axis=0))


def select_experts(router_probs, top_k):
    num_experts = router_probs.size(-1)
    top_k_is_possible = top_k in range(1, num_experts + 1)
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = router_probs.topk(top_k, dim=-1)
    expert_ids = chosen[1]
    expert_weights = chosen[0] / torch.sum(chosen[0], dim=-1, keepdim=True)
    return expert_weights, expert_ids
