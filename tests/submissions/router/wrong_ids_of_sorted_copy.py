"""
misconception: The ids are positions in a sorted copy, so every token gets 0, 1, ...
feedback: A sort forgets where the numbers stood; keep the indices that point into the original row.
fails: [test_other_numbers_of_experts, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts]
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
    ordered = router_probs.sort(dim=1, descending=True).values[:, :top_k]
    ids = torch.arange(top_k).repeat(num_tokens, 1)
    return ordered / ordered.sum(dim=1, keepdim=True), ids
