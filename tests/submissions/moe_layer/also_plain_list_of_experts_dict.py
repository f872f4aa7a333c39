"""
style: A dict from number to expert, and the parameters of the experts added by hand.
fails: [test_counts_of_a_small_layer, test_double_precision, test_experts_are_separate, test_parts_and_shapes, test_stored_parameters]
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if not 1 <= top_k <= num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = {number: FeedForward(d_model, d_ff) for number in range(num_experts)}

    def forward(self, hidden_states):
        probs = F.softmax(self.router(hidden_states), dim=-1)
        weights, ids = torch.topk(probs, self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for e in range(len(self.experts)):
            rows, slots = torch.where(ids == e)
            if len(rows):
                out = out.index_add(0, rows, weights[rows, slots, None] * self.experts[e](hidden_states[rows]))
        return out


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
