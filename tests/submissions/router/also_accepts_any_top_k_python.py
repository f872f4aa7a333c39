"""
style: A list is sorted and cut; zero and less are never looked at.
fails: [test_arguments_out_of_range]
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
    if top_k > num_experts:
        raise ValueError(f"top_k is {top_k}, num_experts is {num_experts}")
    ids, weights = [], []
    for row in router_probs.tolist():
        best = sorted(range(num_experts), key=row.__getitem__, reverse=True)[:top_k]
        ids.append(best)
        weights.append([row[e] / sum(row[b] for b in best) for e in best])
    return torch.tensor(weights, dtype=router_probs.dtype), torch.tensor(ids)
