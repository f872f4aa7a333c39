"""
style: numpy argsort, cut off at the front.
fails: [test_order_within_a_row, test_the_right_experts_are_chosen, test_two_of_four_experts]
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
    if not 1 <= top_k <= router_probs.shape[1]:
        raise ValueError(f"top_k must be in 1..{router_probs.shape[1]}, got {top_k}")
    ids = np.argsort(router_probs.numpy(), axis=1)[:, :top_k]
    weights = np.take_along_axis(router_probs.numpy(), ids, 1)
    return weights / weights.sum(axis=1, keepdims=True), ids
