"""
style: topk told not to take the largest.
fails: [test_order_within_a_row, test_the_right_experts_are_chosen, test_two_of_four_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.size(1) == router_weight.size(1)
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = F.linear(hidden_states, router_weight)
    router_probs = F.softmax(logits, dim=-1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    top_k_is_possible = 1 <= top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1, largest=False)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)
    return expert_weights, expert_ids
