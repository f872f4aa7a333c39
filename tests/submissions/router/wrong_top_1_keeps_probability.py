"""
misconception: With one expert the weight stays the raw probability.
feedback: The weights of a token sum to 1 for every top_k, so a single chosen expert has the weight 1.
fails: [test_other_values_of_top_k]
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
    if top_k > 1:
        largest = largest / largest.sum(dim=1, keepdim=True)
    return largest, ids
