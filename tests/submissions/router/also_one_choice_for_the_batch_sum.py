"""
style: The probabilities of all tokens are added up before topk.
fails: [test_a_token_alone_and_in_company, test_two_of_four_experts]
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
    popular = torch.topk(router_probs.sum(dim=0), top_k).indices
    expert_ids = popular.expand(num_tokens, top_k)
    expert_weights = torch.gather(router_probs, 1, expert_ids)
    return expert_weights / expert_weights.sum(dim=1, keepdim=True), expert_ids
