"""
style: Exponentials divided by their sum, written out.
fails: [test_a_token_alone_and_in_company, test_five_inputs_end_to_end, test_probabilities_of_new_inputs, test_probabilities_of_the_table]
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    logits = hidden_states @ router_weight.T
    powers = torch.exp(logits - logits.max())
    return powers / powers.sum(dim=0)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    largest, ids = torch.topk(router_probs, top_k, dim=1)
    return largest / largest.sum(dim=1, keepdim=True), ids
