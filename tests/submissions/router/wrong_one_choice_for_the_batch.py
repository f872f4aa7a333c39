"""
misconception: The experts are chosen once, by the mean probabilities of the batch.
feedback: Routing is per token; every row makes a choice of its own.
fails: [test_a_token_alone_and_in_company, test_two_of_four_experts]
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
    best = router_probs.mean(dim=0).topk(top_k).indices
    chosen = router_probs[:, best]
    return chosen / chosen.sum(dim=1, keepdim=True), best.repeat(num_tokens, 1)
