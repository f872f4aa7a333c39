"""
misconception: All experts answer and the router weighs all of them.
feedback: A mixture of experts is no ensemble; of the experts only top_k are asked for a token.
fights: ensemble
fails: [test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen, test_other_values_of_top_k, test_two_tokens_with_known_experts]
likely: true
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(d_model, d_ff) for _ in range(num_experts))

    def forward(self, hidden_states):
        probs = torch.softmax(self.router(hidden_states), dim=1)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            output = output + probs[:, number : number + 1] * expert(hidden_states)
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
