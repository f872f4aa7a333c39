"""
misconception: Each expert gets its weight times the hidden state.
feedback: The weight multiplies what the expert answers; an expert is not linear, so on its input it does something else.
fails: [test_output_of_new_layers, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList([FeedForward(d_model, d_ff) for _ in range(num_experts)])

    def forward(self, hidden_states):
        probs = F.softmax(self.router(hidden_states), dim=-1)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == e)
            if len(rows):
                out = out.index_add(0, rows, expert(weights[rows, slots, None] * hidden_states[rows]))
        return out


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
