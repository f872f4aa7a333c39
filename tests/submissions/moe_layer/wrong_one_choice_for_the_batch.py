"""
misconception: The experts are chosen once for the whole batch.
feedback: Routing is per token; average probabilities of a batch belong to no token.
fails: [test_each_token_has_its_own_experts, test_two_tokens_with_known_experts]
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
        ids = probs.mean(dim=0).topk(self.top_k).indices
        weights = probs[:, ids]
        weights = weights / weights.sum(dim=1, keepdim=True)
        output = torch.zeros_like(hidden_states)
        for slot, number in enumerate(ids.tolist()):
            output = output + weights[:, slot : slot + 1] * self.experts[number](hidden_states)
        return output


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    router = layer.router.weight.numel()
    return total, router + layer.top_k * expert
