"""
style: einsum, and the equal formula of Mixtral, a softmax over the chosen logits
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = torch.einsum("td,ed->te", hidden_states, router_weight)
    return torch.exp(logits - torch.logsumexp(logits, dim=-1, keepdim=True))


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    logits = torch.log(router_probs)
    chosen, ids = logits.topk(top_k)
    return torch.softmax(chosen, dim=-1), ids
