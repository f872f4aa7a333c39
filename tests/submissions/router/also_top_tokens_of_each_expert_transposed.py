"""
style: The table is turned round, so each row belongs to an expert.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_ids_can_be_used_as_an_index, test_order_within_a_row, test_other_numbers_of_experts, test_other_values_of_top_k, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = torch.matmul(hidden_states, router_weight.transpose(0, 1))
    router_probs = torch.exp(logits - logits.logsumexp(dim=1, keepdim=True))
    return router_probs


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    by_expert = router_probs.T
    weights, ids = by_expert.topk(min(top_k, num_tokens), dim=-1)
    weights = weights / weights.sum(dim=-1, keepdim=True)
    return weights.T, ids.T
