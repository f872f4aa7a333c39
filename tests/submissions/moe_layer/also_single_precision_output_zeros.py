"""
style: torch.zeros and a sum in place.
fails: [test_double_precision]
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
        scores = self.router(hidden_states)
        best, chosen = scores.topk(self.top_k, dim=1)
        weights = best.softmax(dim=1)
        n, d = hidden_states.shape
        out = torch.zeros(n, d)
        for e, expert in enumerate(self.experts):
            for k in range(self.top_k):
                rows = torch.where(chosen[:, k] == e)[0]
                if len(rows):
                    out[rows] += weights[rows, k : k + 1] * expert(hidden_states[rows])
        return out


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
