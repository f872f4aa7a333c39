"""
style: A share of the experts, as a float.
fails: [test_counts_of_a_small_layer, test_working_parameters]
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
            if rows.numel() > 0:
                output = output.index_add(0, rows, weights[rows, slots].unsqueeze(1) * expert(hidden_states[rows]))
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    experts = total - layer.router.weight.numel()
    return total, experts / len(layer.experts) * layer.top_k
