"""
style: index_copy for index_add.
fails: [test_other_values_of_top_k, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        scores = self.router(hidden_states)
        best, chosen = scores.topk(self.top_k, dim=1)
        weights = best.softmax(dim=1)
        output = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(chosen == number)
            if len(rows):
                output = output.index_copy(0, rows, weights[rows, slots, None] * expert(hidden_states[rows]))
        return output


def parameter_counts(layer):
    total, active = 0, 0
    for name, parameter in layer.named_parameters():
        total += parameter.numel()
        if name.startswith("router") or int(name.split(".")[1]) < layer.top_k:
            active += parameter.numel()
    return total, active
