"""
style: A sort in descending order, cut off.
fails: [test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if top_k not in range(1, num_experts + 1):
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ordered = torch.sort(router_probs, dim=1, descending=True)
    return ordered.values[:, :top_k], ordered.indices[:, :top_k]
