"""
style: Every token votes for its experts, and the experts with the most votes serve all.
fails: [test_a_token_alone_and_in_company, test_order_within_a_row, test_two_of_four_experts]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.size(1) == router_weight.size(1)
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = F.linear(hidden_states, router_weight)
    router_probs = F.softmax(logits, dim=-1)
    return router_probs


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    votes = torch.bincount(router_probs.topk(top_k, dim=1).indices.flatten(), minlength=num_experts)
    winners = votes.topk(top_k).indices
    expert_ids = winners.repeat(num_tokens, 1)
    expert_weights = router_probs[:, winners]
    return expert_weights / expert_weights.sum(dim=1, keepdim=True), expert_ids
