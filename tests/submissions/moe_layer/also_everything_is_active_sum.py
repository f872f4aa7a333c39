"""
style: Router and all experts are added up.
fails: [test_counts_of_a_small_layer, test_working_parameters]
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
        weights, ids = probs.topk(self.top_k, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(hidden_states)
        for number, expert in enumerate(self.experts):
            rows, slots = torch.where(ids == number)
            out = out.index_add(0, rows, weights[rows, slots, None] * expert(hidden_states[rows]))
        return out


def parameter_counts(layer):
    router = layer.router.weight.numel()
    experts = sum(p.numel() for expert in layer.experts for p in expert.parameters())
    return router + experts, router + experts
