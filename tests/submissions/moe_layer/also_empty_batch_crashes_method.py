"""
style: A helper for one token, and torch.stack of all.
fails: [test_batches_of_one_and_none]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if top_k < 1 or top_k > num_experts:
            raise ValueError(f"top_k is {top_k}, but there are {num_experts} experts")
        self.num_experts, self.top_k = num_experts, top_k
        self.router = nn.Linear(in_features=d_model, out_features=num_experts, bias=False)
        self.experts = nn.ModuleList()
        for _ in range(num_experts):
            self.experts.append(FeedForward(d_model, d_ff))

    def forward(self, hidden_states):
        return torch.stack([self.one_token(x) for x in hidden_states])

    def one_token(self, x):
        p = torch.softmax(self.router(x), dim=0)
        weights, ids = p.topk(self.top_k)
        weights = weights / weights.sum()
        return sum(w * self.experts[i](x) for w, i in zip(weights, ids.tolist()))


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
