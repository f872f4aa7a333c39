"""
style: torch.where takes the answers of an expert for its rows.
fails: [test_other_values_of_top_k, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        probs = F.softmax(self.router(hidden_states), dim=-1)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for e, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == e)
            if len(rows) == 0:
                continue
            answer = torch.zeros_like(out).index_add(0, rows, weights[rows, slots, None] * expert(hidden_states[rows]))
            chosen = (ids == e).any(dim=1, keepdim=True)
            out = torch.where(chosen, answer, out)
        return out


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
