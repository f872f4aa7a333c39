"""
style: Python lists sorted without reverse, the last top_k kept.
fails: [test_order_within_a_row, test_two_of_four_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = torch.matmul(hidden_states, router_weight.transpose(0, 1))
    router_probs = torch.exp(logits - logits.logsumexp(dim=1, keepdim=True))
    return router_probs


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.zeros(num_tokens, top_k, dtype=torch.long)
    weights = torch.zeros_like(router_probs[:, :top_k])
    for t in range(num_tokens):
        pairs = sorted((float(p), e) for e, p in enumerate(router_probs[t]))[-top_k:]
        for k, (p, e) in enumerate(pairs):
            ids[t, k] = e
            weights[t, k] = router_probs[t, e]
        weights[t] /= weights[t].clone().sum()
    return weights, ids
