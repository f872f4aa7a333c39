"""
misconception: The chosen probabilities are divided by the sum over all tokens.
feedback: Renormalise within each row; a sum over the whole batch mixes tokens that have nothing to do with each other.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
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
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(), ids
