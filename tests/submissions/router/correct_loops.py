"""
style: Python loops over tokens and experts, exponentials by hand
"""


def router_probabilities(hidden_states, router_weight):
    if hidden_states.shape[1] != router_weight.shape[1]:
        raise ValueError("hidden_states and router_weight differ in d_model")
    rows = []
    for token in hidden_states:
        logits = torch.stack([(token * expert).sum() for expert in router_weight])
        powers = torch.exp(logits - logits.max())
        rows.append(powers / powers.sum())
    return torch.stack(rows)


def select_experts(router_probs, top_k):
    num_tokens, num_experts = router_probs.shape
    if not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
    all_weights, all_ids = [], []
    for row in router_probs:
        numbers = row.tolist()
        ids = sorted(range(num_experts), key=lambda expert: numbers[expert], reverse=True)[:top_k]
        chosen = torch.stack([row[expert] for expert in ids])
        all_weights.append(chosen / chosen.sum())
        all_ids.append(torch.tensor(ids))
    return torch.stack(all_weights), torch.stack(all_ids)
