"""
style: Divided by the root of the number of experts.
fails: [test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T / math.sqrt(len(router_weight))
    router_probs = torch.softmax(logits, dim=1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    top_k_is_possible = 1 <= top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)
    return expert_weights, expert_ids
