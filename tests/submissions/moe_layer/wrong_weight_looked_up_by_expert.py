"""
misconception: The weights of the chosen experts are looked up by the number of the expert.
feedback: After topk the weights stand in the order of the choice; the weight of the first chosen expert is at place 0, whatever its number.
fails: [test_batches_of_one_and_none, test_double_precision, test_each_token_has_its_own_experts, test_experts_run_on_the_rows_that_chose_them, test_experts_that_were_not_chosen, test_inputs_stay_as_they_were, test_other_values_of_top_k, test_output_of_new_layers, test_parts_and_shapes, test_the_experts_pass_gradients_on, test_the_router_can_learn, test_tokens_in_another_order, test_two_tokens_with_known_experts, test_weights_follow_the_router, test_weights_make_a_whole]
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
        probs = torch.softmax(self.router(hidden_states), dim=-1)
        w, ids = probs.topk(self.top_k, dim=-1)
        w = w / w.sum(dim=-1, keepdim=True)
        rows = []
        for t in range(len(hidden_states)):
            y = torch.zeros_like(hidden_states[t])
            for e in ids[t].tolist():
                y = y + w[t, e] * self.experts[e](hidden_states[t:t+1])[0]
            rows.append(y)
        return torch.stack(rows) if rows else hidden_states * 0


def parameter_counts(layer):
    total = sum(p.numel() for p in layer.parameters())
    expert = sum(p.numel() for p in layer.experts[0].parameters())
    return total, layer.router.weight.numel() + layer.top_k * expert
