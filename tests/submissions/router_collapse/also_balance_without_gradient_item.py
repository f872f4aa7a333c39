"""
style: The balancing loss is turned into a number before it is added.
fails: [test_coefficient_sets_the_strength, test_collapse_without_the_loss_and_balance_with_it, test_run_with_the_balancing_loss]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    one_hot = F.one_hot(expert_ids.flatten(), num_experts).float()
    f = one_hot.mean(dim=0)
    P = router_probs.mean(dim=0)
    return num_experts * torch.sum(f * P)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS).item()
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    rows.append(F.one_hot(model(make_batch(generator)[0])[2], NUM_EXPERTS).float().mean(dim=0))
    return torch.stack(rows)
