"""
style: Expert by expert, from the ids alone.
fails: [test_the_router_can_learn, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        _, chosen = scores.topk(self.top_k, dim=1)
        result = torch.zeros_like(hidden_states)
        for e in range(len(self.experts)):
            rows = (chosen == e).any(dim=1).nonzero().flatten()
            if len(rows):
                result.index_add_(0, rows, self.experts[e](hidden_states[rows]))
        return result


def parameter_counts(layer):
    router = layer.router.weight.numel()
    per_expert = [sum(p.numel() for p in expert.parameters()) for expert in layer.experts]
    return router + sum(per_expert), router + layer.top_k * per_expert[0]
