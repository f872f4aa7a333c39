"""
misconception: Everything is converted to single precision first.
feedback: The conversion throws away half of the digits of a double precision input; compute in the type that comes in.
fails: [test_double_precision]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states.float() @ router_weight.float().T, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
