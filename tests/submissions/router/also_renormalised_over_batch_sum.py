"""
style: sum() without a dimension.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = F.linear(hidden_states.double(), router_weight.double())
    return F.softmax(logits, dim=-1)


def select_experts(router_probs, top_k):
    num_experts = router_probs.shape[-1]
    if not (1 <= top_k <= num_experts):
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.topk(router_probs, top_k, dim=1)
    expert_ids = chosen.indices
    expert_weights = chosen.values / chosen.values.sum()
    return expert_weights, expert_ids
