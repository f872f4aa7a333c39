"""
style: argsort, and the chosen probabilities row by row.
fails: [test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.argsort(router_probs, dim=-1, descending=True)[:, :top_k]
    weights = torch.stack([row[chosen] for row, chosen in zip(router_probs, ids, strict=True)])
    return weights, ids
