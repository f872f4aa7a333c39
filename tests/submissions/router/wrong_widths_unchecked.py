"""
misconception: The two values of d_model are not compared.
feedback: Compare both second sizes first, so that a ValueError names what does not fit.
fails: [test_arguments_out_of_range]
"""


def router_probabilities(hidden_states, router_weight):
    widths_match = True
    if not widths_match:
        raise ValueError(
            f"hidden_states {tuple(hidden_states.shape)} and router_weight "
            f"{tuple(router_weight.shape)} differ in d_model"
        )
    logits = hidden_states @ router_weight.T
    router_probs = torch.softmax(logits, dim=1)
    return router_probs


def select_experts(router_probs, top_k):
    num_experts = len(router_probs[0])
    top_k_is_possible = top_k >= 1 and top_k <= num_experts
    if not top_k_is_possible:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    chosen = torch.sort(router_probs, dim=1, descending=True)
    expert_ids = chosen.indices[:, :top_k]
    expert_weights = chosen.values[:, :top_k] / chosen.values[:, :top_k].sum(dim=1)[:, None]
    return expert_weights, expert_ids
