"""
misconception: router_weight is brought into the shape (d_model, num_experts) by a reshape.
feedback: A reshape keeps the order of the numbers and mixes the experts; .T turns rows into columns.
fails: [test_probabilities_of_new_inputs, test_probabilities_of_the_table, test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.reshape(router_weight.shape[1], router_weight.shape[0])
    router_probs = torch.softmax(logits, dim=1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.size(-1)
    top_k_is_possible = top_k in range(1, num_experts + 1)
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = router_probs.topk(top_k, dim=-1)
    expert_ids = chosen[1]
    expert_weights = chosen[0] / torch.sum(chosen[0], dim=-1, keepdim=True)
    return expert_weights, expert_ids
