"""
misconception: The output is created in single precision whatever comes in.
feedback: torch.zeros makes single precision; zeros like the input have its type.
fails: [test_double_precision]
likely: true
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
        output = torch.zeros(hidden_states.shape)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == number)
            answer = weights[rows, slots, None] * expert(hidden_states[rows])
            output = output.index_add(0, rows, answer.float())
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
