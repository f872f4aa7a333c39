"""
misconception: log_softmax is taken for softmax.
feedback: Probabilities are at least 0 and sum to 1; their logarithms are neither.
fails: [test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(f"hidden_states {tuple(hidden_states.shape)}")
    return torch.log_softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.argsort(router_probs, dim=-1, descending=True)[:, :top_k]
    chosen = router_probs.double().gather(1, ids)
    return chosen / chosen.sum(-1, keepdim=True), ids
