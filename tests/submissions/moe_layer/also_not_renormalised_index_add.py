"""
style: Expert by expert with index_add.
fails: [test_two_tokens_with_known_experts, test_weights_make_a_whole]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k is {top_k}")
        self.top_k = top_k
        self.num_experts = num_experts
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))

    def forward(self, hidden_states):
        probs = self.router(hidden_states).softmax(dim=-1)
        out = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts):
            top = probs.topk(self.top_k, dim=-1)
            rows, col = torch.where(top.indices == e)
            if len(rows) == 0:
                continue
            out = out.index_add(0, rows, expert(hidden_states[rows]) * top.values[rows, col][:, None])
        return out


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
