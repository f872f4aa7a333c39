"""
style: Shares of the sum of all probabilities, expert by expert.
fails: [test_loss_of_an_uneven_router, test_loss_of_four_tokens_is_1_1, test_loss_with_an_expert_that_nobody_chose]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.size(-1) != num_experts:
        raise ValueError(f"router_probs has shape {list(router_probs.shape)}, num_experts = {num_experts}")
    total = 0.0
    for e in range(num_experts):
        f = router_probs[:, e].sum() / router_probs.sum()
        total = total + f * router_probs[:, e].mean()
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
