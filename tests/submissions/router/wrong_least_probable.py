"""
misconception: The start of an ascending sort is taken, so the least probable experts are chosen.
feedback: A sort is ascending unless it is told otherwise; look at which probabilities your ids point to.
fails: [test_order_within_a_row, test_the_right_experts_are_chosen, test_two_of_four_experts]
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
    ids = router_probs.argsort(dim=1)[:, :top_k]
    smallest = router_probs.gather(1, ids)
    return smallest / smallest.sum(dim=1, keepdim=True), ids
