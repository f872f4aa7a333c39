"""
misconception: The loop over experts counts to 4.
feedback: The number of experts is a size of the input; read it from router_weight.shape.
fails: [test_other_numbers_of_experts]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    columns = [hidden_states @ router_weight[expert] for expert in range(4)]
    return torch.softmax(torch.stack(columns, dim=1), dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
