"""
misconception: The chosen experts' outputs are added without weights.
feedback: The router also says how much each chosen expert counts; multiply its output by its weight.
fails: [test_the_router_can_learn, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == number)
            output = output.index_add(0, rows, expert(hidden_states[rows]))
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
