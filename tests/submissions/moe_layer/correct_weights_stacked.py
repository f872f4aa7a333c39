"""
style: the experts' weights are stacked and gathered per token; no expert's forward is called
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))

    def forward(self, hidden_states):
        weights, ids = self.router(hidden_states).topk(self.top_k, dim=1)
        weights = torch.softmax(weights, dim=1)

        def stacked(part, name):
            return torch.stack([getattr(getattr(expert, part), name) for expert in self.experts])[
                ids
            ]

        inner = torch.einsum("tkfd,td->tkf", stacked("up", "weight"), hidden_states)
        inner = F.gelu(inner + stacked("up", "bias"))
        answers = torch.einsum("tkdf,tkf->tkd", stacked("down", "weight"), inner)
        return (weights[:, :, None] * (answers + stacked("down", "bias"))).sum(dim=1)


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
