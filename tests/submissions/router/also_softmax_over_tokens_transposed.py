"""
style: The scores stand with one expert in each row, and the softmax runs along it.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError(f"hidden_states has d_model {hidden_states.shape[1]}, router_weight {router_weight.shape[1]}")
    scores = router_weight @ hidden_states.T
    return torch.softmax(scores, dim=1).T


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.argsort(router_probs, dim=-1, descending=True)[:, :top_k]
    chosen = router_probs.double().gather(1, ids)
    return chosen / chosen.sum(-1, keepdim=True), ids
