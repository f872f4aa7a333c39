"""
misconception: The weights and ids are nested lists instead of tensors.
feedback: A list of lists has no shape and cannot be used as an index; stack the rows into a tensor.
fails: [test_a_token_alone_and_in_company, test_arguments_out_of_range, test_double_precision, test_five_inputs_end_to_end, test_ids_can_be_used_as_an_index, test_inputs_stay_as_they_were, test_order_within_a_row, test_other_numbers_of_experts, test_other_values_of_top_k, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return (largest / largest.sum(dim=1, keepdim=True)).tolist(), ids.tolist()
