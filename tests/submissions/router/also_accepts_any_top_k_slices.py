"""
style: The upper end only, and slices, which take any number.
fails: [test_arguments_out_of_range]
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
    if top_k > num_experts:
        raise ValueError(f"top_k must be at most {num_experts}, got {top_k}")
    values, ids = router_probs.sort(dim=1, descending=True)
    values = values[:, :top_k]
    return values / values.sum(dim=1, keepdim=True), ids[:, :top_k]
