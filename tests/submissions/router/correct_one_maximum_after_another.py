"""
style: top_k rounds of argmax on a copy, found experts struck out
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    left = router_probs.clone()
    rows = torch.arange(num_tokens)
    ids = []
    for _ in range(top_k):
        best = left.argmax(dim=1)
        ids.append(best)
        left[rows, best] = -1.0
    ids = torch.stack(ids, dim=1)
    weights = F.normalize(router_probs.gather(1, ids), p=1.0, dim=1)
    return weights, ids
