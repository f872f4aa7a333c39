"""
misconception: The kept probabilities go through a softmax once more.
feedback: A softmax of probabilities makes the weights nearly equal; divide the kept probabilities by their sum.
fails: [test_two_tokens_with_known_experts, test_weights_follow_the_router]
likely: true
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k is {top_k}")
        self.top_k = top_k
        self.num_experts = num_experts
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))

    def forward(self, hidden_states):
        probs = torch.softmax(self.router(hidden_states), dim=-1)
        w, ids = probs.topk(self.top_k, dim=-1)
        w = torch.softmax(w, dim=-1)
        out = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts):
            tok, slot = torch.where(ids == e)
            if len(tok):
                out.index_add_(0, tok, w[tok, slot, None] * expert(hidden_states[tok]))
        return out


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
