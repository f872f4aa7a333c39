"""
style: A list of experts, and the count of a whole list by hand, so that it is right.
fails: [test_double_precision, test_experts_are_separate, test_parts_and_shapes]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = [FeedForward(d_model, d_ff) for _ in range(num_experts)]

    def forward(self, hidden_states):
        probs = F.softmax(self.router(hidden_states), dim=-1)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for slot in range(self.top_k):
            for e, expert in enumerate(self.experts):
                mine = ids[:, slot] == e
                if mine.any():
                    out[mine] += weights[mine, slot].unsqueeze(-1) * expert(hidden_states[mine])
        return out


def parameter_counts(layer):
    router = layer.router.weight.numel()
    per_expert = [sum(p.numel() for p in expert.parameters()) for expert in layer.experts]
    return router + sum(per_expert), router + layer.top_k * per_expert[0]
