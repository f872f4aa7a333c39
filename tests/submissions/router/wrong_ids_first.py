"""
misconception: The ids are returned first and the weights second.
feedback: select_experts returns the weights first and the ids second.
fails: [test_a_token_alone_and_in_company, test_double_precision, test_five_inputs_end_to_end, test_ids_can_be_used_as_an_index, test_order_within_a_row, test_other_numbers_of_experts, test_other_values_of_top_k, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = router_probs.topk(top_k, dim=1)
    return chosen.indices, chosen.values / chosen.values.sum(dim=1, keepdim=True)
