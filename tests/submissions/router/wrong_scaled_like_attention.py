"""
misconception: The scores are divided by sqrt(d_model), as attention does.
feedback: A router is simpler than attention and uses the plain dot products; there is no scale.
fights: router_like_attention
fails: [test_probabilities_of_new_inputs, test_probabilities_of_the_table]
likely: true
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = hidden_states @ router_weight.T / math.sqrt(hidden_states.shape[1])
    return torch.softmax(logits, dim=1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
