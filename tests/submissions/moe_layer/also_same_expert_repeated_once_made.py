"""
style: The expert is made before the loop.
fails: [test_counts_of_a_small_layer, test_experts_are_separate, test_experts_run_on_the_rows_that_chose_them, test_other_values_of_top_k, test_stored_parameters, test_the_router_can_learn, test_two_tokens_with_known_experts, test_weights_follow_the_router]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        expert = FeedForward(d_model, d_ff)
        self.experts = nn.ModuleList([expert for _ in range(num_experts)])

    def forward(self, hidden_states):
        probs = F.softmax(self.router(hidden_states), dim=-1)
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
