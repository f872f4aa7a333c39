"""
misconception: Two experts are chosen whatever top_k says.
feedback: top_k is an argument; a router with top_k 1 or 3 must work with the same code.
fails: [test_other_values_of_top_k]
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
    largest, ids = torch.topk(router_probs, 2, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
