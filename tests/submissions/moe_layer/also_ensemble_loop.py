"""
style: A sum of products, expert by expert, with zip.
fails: [test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen, test_other_values_of_top_k, test_two_tokens_with_known_experts]
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
        probs = self.router(hidden_states).softmax(dim=-1)
        weighted = [share[:, None] * expert(hidden_states) for share, expert in zip(probs.T, self.experts)]
        return sum(weighted)


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
