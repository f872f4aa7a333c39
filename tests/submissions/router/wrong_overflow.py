"""
misconception: The exponentials are taken of the raw scores.
feedback: exp overflows at scores above 88 in single precision; subtracting the largest score of a token first changes nothing else.
fails: [test_scores_far_from_zero]
likely: true
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    powers = torch.exp(hidden_states @ router_weight.T)
    return powers / powers.sum(dim=1, keepdim=True)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
