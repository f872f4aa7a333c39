"""
style: The logistic function written out.
fails: [test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table, test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T
    router_probs = 1 / (1 + torch.exp(-logits))
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = len(router_probs[0])
    top_k_is_possible = top_k >= 1 and top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.sort(router_probs, dim=1, descending=True)
    expert_ids = chosen.indices[:, :top_k]
    expert_weights = chosen.values[:, :top_k] / chosen.values[:, :top_k].sum(dim=1)[:, None]
    return expert_weights, expert_ids
