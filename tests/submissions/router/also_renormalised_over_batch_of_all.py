"""
style: Divided by the sum of the whole table of probabilities.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
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
    chosen = torch.topk(router_probs, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / router_probs.sum()
    return expert_weights, expert_ids
