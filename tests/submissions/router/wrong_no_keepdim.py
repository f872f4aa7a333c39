"""
misconception: The row sums have lost their dimension, so the division pairs tokens with columns.
feedback: Without keepdim the sums have shape (num_tokens,), and broadcasting lines them up with the columns; keepdim=True keeps them as one column.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
likely: true
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)
    return chosen.values / chosen.values.sum(dim=1), chosen.indices
