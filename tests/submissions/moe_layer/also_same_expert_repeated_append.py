"""
style: One expert appended again and again, and the count made from one expert times their number.
fails: [test_experts_are_separate, test_experts_run_on_the_rows_that_chose_them, test_other_values_of_top_k, test_the_router_can_learn, test_two_tokens_with_known_experts, test_weights_follow_the_router]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList()
        expert = FeedForward(d_model, d_ff)
        for _ in range(num_experts):
            self.experts.append(expert)

    def forward(self, hidden_states):
        scores = self.router(hidden_states)
        best, chosen = scores.topk(self.top_k, dim=1)
        weights = best.softmax(dim=1)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(chosen == number)
            if len(rows):
                output = output.index_add(0, rows, weights[rows, slots, None] * expert(hidden_states[rows]))
        return output


def parameter_counts(layer):
    router = layer.router.weight.numel()
    per_expert = [sum(p.numel() for p in expert.parameters()) for expert in layer.experts]
    return router + sum(per_expert), router + layer.top_k * per_expert[0]
