"""
misconception: The row sums have lost their dimension, so the division pairs tokens with columns.
feedback: Without keepdim the sums have shape (num_tokens,) and are lined up with the columns; keepdim=True keeps one sum for each row.
fails: [test_batches_of_one_and_none, test_output_of_new_layers, test_parts_and_shapes, test_tokens_in_another_order, test_two_tokens_with_known_experts, test_weights_make_a_whole]
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
        weights, ids = probs.topk(self.top_k, dim=1)
        weights = weights / weights.sum(dim=1)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == number)
            if len(rows):
                answer = expert(hidden_states[rows]) * weights[rows, slots, None]
                output = output.index_add(0, rows, answer)
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
