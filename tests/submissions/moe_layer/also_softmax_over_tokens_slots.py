"""
style: F.softmax along the wrong axis, choice after choice.
fails: [test_each_token_has_its_own_experts, test_two_tokens_with_known_experts, test_weights_follow_the_router]
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
        probs = F.softmax(self.router(hidden_states), dim=0)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for slot in range(self.top_k):
            for e, expert in enumerate(self.experts):
                mine = ids[:, slot] == e
                if mine.any():
                    out[mine] += weights[mine, slot].unsqueeze(-1) * expert(hidden_states[mine])
        return out


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
