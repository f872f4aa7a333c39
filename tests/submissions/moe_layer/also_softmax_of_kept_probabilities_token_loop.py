"""
style: Token by token.
fails: [test_two_tokens_with_known_experts, test_weights_follow_the_router]
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
        out = torch.zeros_like(hidden_states)
        probs = torch.softmax(self.router(hidden_states), dim=1)
        for t in range(len(hidden_states)):
            best, ids = probs[t].topk(self.top_k)
            for weight, e in zip(best.softmax(dim=0), ids):
                out[t] += weight * self.experts[int(e)](hidden_states[t])
        return out


def parameter_counts(layer):
    router = layer.router.weight.numel()
    per_expert = [sum(p.numel() for p in expert.parameters()) for expert in layer.experts]
    return router + sum(per_expert), router + layer.top_k * per_expert[0]
