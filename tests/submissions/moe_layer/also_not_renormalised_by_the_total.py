"""
style: Divided by the sum of all probabilities, which is 1 already.
fails: [test_two_tokens_with_known_experts, test_weights_make_a_whole]
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
        weights = weights / probs.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for slot in range(self.top_k):
            for e, expert in enumerate(self.experts):
                mine = ids[:, slot] == e
                if mine.any():
                    out[mine] += weights[mine, slot].unsqueeze(-1) * expert(hidden_states[mine])
        return out


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
