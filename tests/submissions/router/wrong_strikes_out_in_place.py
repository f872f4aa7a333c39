"""
misconception: The experts already found are struck out in the caller's own tensor.
feedback: Work on a copy (clone) before you overwrite entries; the caller may still need the probabilities.
fails: [test_inputs_stay_as_they_were]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    rows = torch.arange(num_tokens)
    values, ids = [], []
    for _ in range(top_k):
        best = router_probs.argmax(dim=1)
        values.append(router_probs[rows, best])
        ids.append(best)
        router_probs[rows, best] = -1.0
    values = torch.stack(values, dim=1)
    return values / values.sum(dim=1, keepdim=True), torch.stack(ids, dim=1)
