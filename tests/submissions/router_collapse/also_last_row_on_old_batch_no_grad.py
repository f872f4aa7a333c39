"""
style: One more look at the last inputs, without gradients.
fails: [test_last_row_of_the_utilization]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.size(-1) != num_experts:
        raise ValueError(f"router_probs has shape {list(router_probs.shape)}, num_experts = {num_experts}")
    loss = 0
    for i in range(num_experts):
        f_i = (expert_ids == i).float().mean()
        P_i = router_probs[:, i].mean()
        loss = loss + f_i * P_i
    return num_experts * loss


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    shares = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        shares.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        _, _, expert_ids = model(inputs)
        shares.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
    return torch.stack(shares)
