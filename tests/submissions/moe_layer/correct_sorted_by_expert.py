"""
style: token and slot pairs sorted by expert, split by counts, put back by index_add
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
        flat_ids = ids.flatten()
        order = torch.argsort(flat_ids, stable=True)
        rows = order // self.top_k
        sizes = torch.bincount(flat_ids, minlength=len(self.experts)).tolist()
        parts = hidden_states[rows].split(sizes)
        answers = torch.cat([expert(part) for expert, part in zip(self.experts, parts)])
        answers = answers * weights.flatten()[order][:, None]
        return torch.zeros_like(hidden_states).index_add(0, rows, answers)


def parameter_counts(layer):
    total = 0
    for parameter in layer.state_dict().values():
        total += parameter.numel()
    active = layer.router.weight.numel()
    for expert in layer.experts[: layer.top_k]:
        active += sum(parameter.numel() for parameter in expert.parameters())
    return total, active
