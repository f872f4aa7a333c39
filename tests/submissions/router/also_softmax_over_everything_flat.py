"""
style: One softmax over the flattened scores.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = hidden_states.shape[1] == router_weight.shape[1]
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T
    router_probs = torch.softmax(logits.flatten(), dim=0).reshape(logits.shape)
    return router_probs


def select_experts(router_probs, top_k):
    n = router_probs.shape[1]
    if top_k < 1 or top_k > n:
        raise ValueError(f"top_k = {top_k} is not between 1 and {n}")
    order = torch.argsort(router_probs, dim=1, descending=True)
    expert_ids = order[:, :top_k]
    best = torch.gather(router_probs, 1, expert_ids)
    return best / best.sum(dim=1, keepdim=True), expert_ids
