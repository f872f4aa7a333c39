"""
style: Counts of each expert, divided by the number of rows.
fails: [test_loss_has_the_same_scale_for_every_layer, test_loss_with_several_experts_per_token]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.size(-1) != num_experts:
        raise ValueError(f"router_probs has shape {list(router_probs.shape)}, num_experts = {num_experts}")
    num_tokens = router_probs.shape[0]
    total = 0.0
    for e in range(num_experts):
        tokens_of_e = (expert_ids == e).sum()
        total = total + tokens_of_e / num_tokens * router_probs[:, e].mean()
    return num_experts * total


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    utilization = torch.zeros(num_steps + 1, NUM_EXPERTS)
    for t in range(num_steps + 1):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        for e in range(NUM_EXPERTS):
            utilization[t, e] = (expert_ids == e).float().mean()
        if t == num_steps:
            break
        task_loss = F.mse_loss(outputs, targets)
        balance_loss = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = task_loss + balance_coefficient * balance_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return utilization
