"""
misconception: Every expert runs on every token, and the answers wanted are picked afterwards.
feedback: What nobody asked for is computed all the same, so the layer saves no work; select the rows of an expert first and run it on those.
fails: [test_experts_run_on_the_rows_that_chose_them]
likely: true
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
        probs = torch.softmax(self.router(hidden_states), dim=1)
        weights, ids = probs.topk(self.top_k, dim=1)
        weights = weights / weights.sum(dim=1, keepdim=True)
        answers = torch.stack([expert(hidden_states) for expert in self.experts], dim=1)
        index = ids.unsqueeze(2).expand(-1, -1, hidden_states.shape[1])
        return torch.einsum("tk,tkd->td", weights, answers.gather(1, index))


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
