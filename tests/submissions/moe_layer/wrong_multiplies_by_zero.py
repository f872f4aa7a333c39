"""
misconception: Every expert runs on every token and the unchosen answers are multiplied by zero.
feedback: Zero times a number saves no work, and zero times NaN is NaN; run an expert only on the tokens that chose it.
fails: [test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen]
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
        gates = torch.zeros_like(probs).scatter(1, ids, weights)
        answers = torch.stack([expert(hidden_states) for expert in self.experts], dim=1)
        return (gates.unsqueeze(2) * answers).sum(dim=1)


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
