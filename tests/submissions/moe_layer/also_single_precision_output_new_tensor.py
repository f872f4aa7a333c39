"""
style: torch.tensor of lists.
fails: [test_double_precision]
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
        probs = F.softmax(self.router(hidden_states), dim=-1)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        rows = []
        for t, x in enumerate(hidden_states):
            rows.append(sum(weights[t, k] * self.experts[int(ids[t, k])](x) for k in range(self.top_k)).float())
        return torch.stack(rows) if rows else hidden_states.float()


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
