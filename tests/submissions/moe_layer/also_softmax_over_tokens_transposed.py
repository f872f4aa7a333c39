"""
style: Scores with one expert in each row.
fails: [test_each_token_has_its_own_experts, test_two_tokens_with_known_experts, test_weights_follow_the_router]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList([FeedForward(d_model, d_ff) for _ in range(num_experts)])

    def forward(self, hidden_states):
        scores = self.router.weight @ hidden_states.T
        probs = torch.softmax(scores, dim=-1).T
        weights, ids = probs.topk(self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for t, x in enumerate(hidden_states):
            for k in range(self.top_k):
                expert = self.experts[ids[t, k].item()]
                out[t] = out[t] + weights[t, k] * expert(x)
        return out


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
