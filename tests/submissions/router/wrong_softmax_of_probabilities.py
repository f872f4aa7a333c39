"""
misconception: A second softmax is taken over the chosen probabilities.
feedback: A softmax of probabilities makes the weights nearly equal; divide by their sum, or take the softmax of the chosen logits.
fails: [test_two_of_four_experts, test_weights_belong_to_their_experts]
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
    return torch.softmax(largest, dim=1), ids
