"""
misconception: top_k is not checked at its lower end.
feedback: top_k 0 chooses nobody; say so with a ValueError that names top_k.
fails: [test_arguments_out_of_range]
likely: true
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    return torch.softmax(hidden_states @ router_weight.T, dim=1)


def select_experts(router_probs, top_k):
    if top_k > router_probs.shape[1]:
        raise ValueError(f"top_k is {top_k}, more than there are experts")
    ids = router_probs.argsort(dim=1, descending=True)[:, : max(top_k, 0)]
    largest = router_probs.gather(1, ids)
    return largest / largest.sum(dim=1, keepdim=True), ids
