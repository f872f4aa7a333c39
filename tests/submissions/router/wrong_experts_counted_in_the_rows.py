"""
misconception: The number of rows is taken for the number of experts.
feedback: router_probs has one token in each row and one expert in each column; with few tokens a possible top_k is refused here.
fails: [test_a_token_alone_and_in_company, test_arguments_out_of_range, test_double_precision, test_five_inputs_end_to_end, test_ids_can_be_used_as_an_index, test_inputs_stay_as_they_were, test_order_within_a_row, test_other_numbers_of_experts, test_other_values_of_top_k, test_the_right_experts_are_chosen, test_weights_belong_to_their_experts, test_weights_make_a_whole]
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
    num_experts = router_probs.shape[0]
    top_k_is_possible = 1 <= top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum(dim=1, keepdim=True)
    return expert_weights, expert_ids
