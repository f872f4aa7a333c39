"""
style: Weights sorted, and ids counted up in a float tensor.
fails: [test_ids_can_be_used_as_an_index, test_other_numbers_of_experts, test_the_right_experts_are_chosen, test_two_of_four_experts, test_weights_belong_to_their_experts]
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
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ranked, _ = router_probs.sort(dim=1, descending=True)
    ids = torch.ones(num_tokens, top_k).cumsum(dim=1) - 1
    return ranked[:, :top_k] / ranked[:, :top_k].sum(dim=1, keepdim=True), ids
