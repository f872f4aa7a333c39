"""
style: Sorted, and the first two columns kept.
fails: [test_other_values_of_top_k]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[-1] == router_weight.shape[-1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = torch.einsum('td,ed->te', hidden_states, router_weight)
    router_probs = logits.softmax(-1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    values, indices = torch.sort(router_probs, dim=1, descending=True)
    values, indices = values[:, :2], indices[:, :2]
    return values / values.sum(dim=1, keepdim=True), indices
