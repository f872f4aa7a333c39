"""
style: A first and a second choice, by argmax.
fails: [test_other_values_of_top_k]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T
    router_probs = torch.softmax(logits, dim=1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if top_k < 1 or top_k > num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    first = router_probs.argmax(dim=1, keepdim=True)
    second = router_probs.scatter(1, first, -1.0).argmax(dim=1, keepdim=True)
    ids = torch.cat([first, second], dim=1)
    weights = router_probs.gather(1, ids)
    return weights / weights.sum(dim=1, keepdim=True), ids
