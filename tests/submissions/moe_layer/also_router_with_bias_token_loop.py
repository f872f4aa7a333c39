"""
style: Token by token, and nn.Linear as it comes.
fails: [test_counts_of_a_small_layer, test_parts_and_shapes, test_stored_parameters]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k is {top_k}")
        self.top_k = top_k
        self.num_experts = num_experts
        self.router = nn.Linear(d_model, num_experts)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))

    def forward(self, hidden_states):
        probs = self.router(hidden_states).softmax(dim=-1)
        values, ids = probs.topk(self.top_k, dim=-1)
        values = values / values.sum(dim=-1, keepdim=True)
        rows = []
        for token in range(len(hidden_states)):
            parts = [values[token, slot] * self.experts[int(ids[token, slot])](hidden_states[token]) for slot in range(self.top_k)]
            rows.append(sum(parts))
        return torch.stack(rows) if rows else hidden_states.clone()


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
