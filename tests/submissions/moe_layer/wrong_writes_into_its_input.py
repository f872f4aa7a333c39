"""
misconception: The output is written into the hidden states that came in.
feedback: Start from new zeros; the caller, and a residual connection, still need the input.
fails: [test_inputs_stay_as_they_were, test_the_experts_pass_gradients_on, test_the_router_can_learn]
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
        read = hidden_states.clone()
        hidden_states.zero_()
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == number)
            hidden_states.index_add_(0, rows, weights[rows, slots, None] * expert(read[rows]))
        return hidden_states


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
