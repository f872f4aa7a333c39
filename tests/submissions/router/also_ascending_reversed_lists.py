"""
style: topk of each row, put in front of a list one by one.
fails: [test_order_within_a_row, test_two_of_four_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.size(1) == router_weight.size(1)
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = F.linear(hidden_states, router_weight)
    router_probs = F.softmax(logits, dim=-1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    weights, ids = [], []
    for row in router_probs:
        values, places = row.topk(top_k)
        weights.append([float(v / values.sum()) for v in values][::-1])
        ids.append(places.tolist()[::-1])
    return torch.tensor(weights, dtype=router_probs.dtype), torch.tensor(ids)
