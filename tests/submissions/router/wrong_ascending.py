"""
misconception: The chosen experts stand in ascending order of probability.
feedback: The most probable expert comes first in each row.
fails: [test_order_within_a_row, test_two_of_four_experts]
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
    ids = router_probs.argsort(dim=1)[:, -top_k:]
    largest = router_probs.gather(1, ids)
    return largest / largest.sum(dim=1, keepdim=True), ids
