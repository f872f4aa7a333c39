"""
misconception: The code stacks the tokens of each expert and fails when there are none.
feedback: An expert may have no token in a batch; skip it, or use an operation that accepts zero rows.
fails: [test_batches_of_one_and_none, test_double_precision, test_each_token_has_its_own_experts, test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen, test_inputs_stay_as_they_were, test_other_values_of_top_k, test_the_experts_pass_gradients_on, test_the_router_can_learn, test_weights_follow_the_router]
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
        weights, ids = probs.topk(self.top_k, dim=1)
        weights = weights / weights.sum(dim=1, keepdim=True)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows = [row for row in range(len(ids)) if number in ids[row].tolist()]
            answers = expert(torch.stack([hidden_states[row] for row in rows]))
            for row, answer in zip(rows, answers):
                output[row] += weights[row][ids[row] == number].sum() * answer
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
