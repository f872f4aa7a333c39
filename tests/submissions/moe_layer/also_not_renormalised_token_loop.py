"""
style: Token by token.
fails: [test_two_tokens_with_known_experts, test_weights_make_a_whole]
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
        output = torch.zeros_like(hidden_states)
        probs = self.router(hidden_states).softmax(dim=-1)
        for token in range(len(hidden_states)):
            weights, ids = probs[token].topk(self.top_k)
            for weight, number in zip(weights, ids.tolist(), strict=True):
                output[token] += weight * self.experts[number](hidden_states[token])
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
