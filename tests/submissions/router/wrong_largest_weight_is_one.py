"""
misconception: The chosen probabilities are divided by the largest of them.
feedback: The weights of a token sum to 1, so divide by the sum of the chosen probabilities and not by the largest.
fails: [test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = router_probs.topk(top_k, dim=1)
    return chosen.values / chosen.values.amax(dim=1, keepdim=True), chosen.indices
