"""
style: A first and a second expert for each token, sorted by probability.
fails: [test_other_values_of_top_k]
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
        probs = torch.softmax(self.router(hidden_states), dim=1)
        values, order = probs.sort(dim=1, descending=True)
        out = torch.zeros_like(hidden_states)
        for t in range(len(hidden_states)):
            first, second = order[t, 0].item(), order[t, 1].item()
            share = values[t, 0] / (values[t, 0] + values[t, 1])
            x = hidden_states[t]
            out[t] = share * self.experts[first](x) + (1 - share) * self.experts[second](x)
        return out


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
