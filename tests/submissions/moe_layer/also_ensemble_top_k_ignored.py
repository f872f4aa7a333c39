"""
style: Every expert of every token, one token after another.
fails: [test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen, test_other_values_of_top_k, test_two_tokens_with_known_experts]
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
        outputs = []
        for x in hidden_states:
            p = torch.softmax(self.router(x), dim=0)
            outputs.append(sum(p[e] * expert(x) for e, expert in enumerate(self.experts)))
        return torch.stack(outputs) if outputs else torch.zeros_like(hidden_states)


def parameter_counts(layer):
    def count(module):
        return sum(p.numel() for p in module.parameters())

    total = count(layer)
    active = count(layer.router) + sum(count(expert) for expert in layer.experts[: layer.top_k])
    return total, active
