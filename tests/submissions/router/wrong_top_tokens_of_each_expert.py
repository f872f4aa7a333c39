"""
misconception: torch.topk runs over the tokens, so each expert chooses its tokens.
feedback: The dimension of topk decides who chooses; here every expert picks tokens, and a token may end with no expert at all.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_ids_can_be_used_as_an_index, test_order_within_a_row, test_other_numbers_of_experts, test_other_values_of_top_k, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts, test_weights_make_a_whole]
likely: true
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, min(top_k, num_tokens), dim=0)
    return chosen.values / chosen.values.sum(dim=0, keepdim=True), chosen.indices
