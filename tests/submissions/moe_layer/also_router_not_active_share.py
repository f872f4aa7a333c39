"""
style: The share top_k / num_experts of the experts alone.
fails: [test_counts_of_a_small_layer, test_working_parameters]
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
        out = torch.zeros_like(hidden_states)
        for t, x in enumerate(hidden_states):
            for k in range(self.top_k):
                expert = self.experts[ids[t, k].item()]
                out[t] = out[t] + weights[t, k] * expert(x)
        return out


def parameter_counts(layer):
    experts = sum(p.numel() for p in layer.experts.parameters())
    router = sum(p.numel() for p in layer.router.parameters())
    return experts + router, experts * layer.top_k // len(layer.experts)
