"""
style: Full weights by index, the experts stacked, matmul.
fails: [test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen]
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
        full = torch.zeros_like(probs)
        full[torch.arange(len(probs))[:, None], ids] = weights
        answers = torch.stack([expert(hidden_states) for expert in self.experts], dim=1)
        return torch.bmm(full.unsqueeze(1), answers).squeeze(1)


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
