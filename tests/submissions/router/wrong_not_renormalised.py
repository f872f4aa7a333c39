"""
misconception: The chosen probabilities are used as they are.
feedback: The chosen probabilities sum to less than 1; divide them by their sum so that the weights of a token make a whole.
fails: [test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
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
    return torch.topk(router_probs, top_k, dim=1)
