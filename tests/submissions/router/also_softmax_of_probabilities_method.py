"""
style: The method of the tensor.
fails: [test_two_of_four_experts, test_weights_belong_to_their_experts]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[1]
    if top_k < 1 or top_k > num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    values, ids = router_probs.topk(top_k, dim=-1)
    return values.softmax(dim=-1), ids
