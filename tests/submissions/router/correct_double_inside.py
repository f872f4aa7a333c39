"""
style: double precision out for single precision in, a full sort cut to top_k
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    ids = torch.argsort(router_probs, dim=-1, descending=True)[:, :top_k]
    chosen = router_probs.double().gather(1, ids)
    return chosen / chosen.sum(-1, keepdim=True), ids
