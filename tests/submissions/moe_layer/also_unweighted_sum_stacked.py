"""
style: Answers stacked token by token and summed.
fails: [test_the_router_can_learn, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        scores = self.router(hidden_states)
        _, chosen = scores.topk(self.top_k, dim=1)
        rows = [torch.stack([self.experts[int(e)](x) for e in chosen[t]]).sum(0) for t, x in enumerate(hidden_states)]
        return torch.stack(rows) if rows else torch.zeros_like(hidden_states)


def parameter_counts(layer):
    router = layer.router.weight.numel()
    per_expert = [sum(p.numel() for p in expert.parameters()) for expert in layer.experts]
    return router + sum(per_expert), router + layer.top_k * per_expert[0]
