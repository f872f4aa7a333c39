"""
style: softmax over the chosen logits, one expert at a time, scatter_add with an expanded index
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
        logits, ids = torch.sort(self.router(hidden_states), dim=1, descending=True)
        ids = ids[:, : self.top_k]
        weights = torch.exp(
            logits[:, : self.top_k] - logits[:, : self.top_k].logsumexp(1, keepdim=True)
        )
        output = hidden_states.new_zeros(hidden_states.shape)
        for number in range(len(self.experts)):
            rows = (ids == number).any(dim=1).nonzero().flatten()
            share = (weights * (ids == number))[rows].sum(dim=1, keepdim=True)
            index = rows.unsqueeze(1).expand(-1, hidden_states.shape[1])
            answer = share * self.experts[number](hidden_states[rows])
            output = output.scatter_add(0, index, answer)
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
