"""
misconception: The exponentials of the scores are taken for probabilities.
feedback: A softmax divides each exponential by their sum, so that the probabilities of a token sum to 1.
fails: [test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table, test_scores_far_from_zero]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states")
    return torch.exp(hidden_states @ router_weight.T)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.argsort(router_probs, dim=-1, descending=True)[:, :top_k]
    chosen = router_probs.double().gather(1, ids)
    return chosen / chosen.sum(-1, keepdim=True), ids
