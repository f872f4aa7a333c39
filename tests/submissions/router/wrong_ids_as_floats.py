"""
misconception: The ids are floating point numbers.
feedback: An index must be a whole number; torch.topk returns int64 indices, keep them so.
fails: [test_ids_can_be_used_as_an_index]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.zeros(num_tokens, top_k)
    weights = torch.zeros(num_tokens, top_k, dtype=router_probs.dtype)
    for token in range(num_tokens):
        values, found = router_probs[token].topk(top_k)
        ids[token] = found
        weights[token] = values / values.sum()
    return weights, ids
