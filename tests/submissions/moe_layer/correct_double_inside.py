"""
style: experts by hand in double precision through F.linear, sizes kept on the layer, formula for the counts
"""


class MoELayer(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=4, top_k=2):
        super().__init__()
        if top_k < 1 or top_k > num_experts:
            raise ValueError("top_k = " + str(top_k) + " is out of range")
        self.sizes = (d_model, d_ff, num_experts, top_k)
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList([FeedForward(d_model, d_ff) for _ in range(num_experts)])

    def forward(self, hidden_states):
        x = hidden_states.double()
        num_experts, top_k = self.sizes[2:]
        logits = F.linear(x, self.router.weight.double())
        kept, ids = logits.topk(top_k, dim=-1)
        weights = torch.exp(kept - kept.logsumexp(dim=-1, keepdim=True))
        gates = torch.zeros_like(logits).scatter(1, ids, weights)
        output = torch.zeros_like(x)
        for number in range(num_experts):
            rows = (gates[:, number] > 0).nonzero().squeeze(1)
            if rows.numel() > 0:
                output = output.index_add(
                    0, rows, gates[rows, number, None] * self.answer(number, x[rows])
                )
        return output

    def answer(self, number, x):
        up, down = self.experts[number].up, self.experts[number].down
        inner = F.gelu(F.linear(x, up.weight.double(), up.bias.double()))
        return F.linear(inner, down.weight.double(), down.bias.double())


def parameter_counts(layer):
    d_model, d_ff, num_experts, top_k = layer.sizes
    expert = d_model * d_ff + d_ff + d_ff * d_model + d_model
    router = num_experts * d_model
    return num_experts * expert + router, top_k * expert + router
