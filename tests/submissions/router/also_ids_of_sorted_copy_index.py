"""
style: Python lists; the place of each number is looked up in the sorted list.
fails: [test_other_numbers_of_experts, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T
    router_probs = torch.softmax(logits, dim=1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    all_weights, all_ids = [], []
    for row in router_probs.tolist():
        ranked = sorted(row, reverse=True)
        best = ranked[:top_k]
        all_ids.append([ranked.index(p) for p in best])
        all_weights.append([p / sum(best) for p in best])
    return torch.tensor(all_weights, dtype=router_probs.dtype), torch.tensor(all_ids)
