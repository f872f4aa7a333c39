"""
style: a loop over tokens and over the chosen experts of each
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
        output = torch.zeros_like(hidden_states)
        scores = self.router(hidden_states)
        for row in range(hidden_states.shape[0]):
            best, ids = torch.topk(scores[row], self.top_k)
            weights = torch.softmax(best, dim=0)
            for weight, number in zip(weights, ids):
                output[row] = output[row] + weight * self.experts[int(number)](hidden_states[row])
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
