"""
style: The row is sorted first, and topk then finds the places in the sorted row.
fails: [test_other_numbers_of_experts, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[-1] == router_weight.shape[-1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = torch.einsum('td,ed->te', hidden_states, router_weight)
    router_probs = logits.softmax(-1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    top_k_is_possible = 1 <= top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs.sort(dim=1, descending=True).values, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)
    return expert_weights, expert_ids
