"""
style: numpy, whose sum adds up everything if it is not told an axis.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_two_of_four_experts, test_weights_make_a_whole]
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
    p = router_probs.numpy()
    if not 0 < top_k <= p.shape[1]:
        raise ValueError(f"top_k must be in 1..{p.shape[1]}, got {top_k}")
    ids = np.flip(np.argsort(p, axis=1), axis=1)[:, :top_k].copy()
    weights = np.take_along_axis(p, ids, axis=1)
    weights = weights / np.sum(weights)
    return torch.tensor(weights), torch.tensor(ids)
