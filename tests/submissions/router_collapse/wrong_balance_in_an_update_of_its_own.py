"""
misconception: Each batch makes two updates, one for the task and one for the balance.
feedback: Both losses are added and make one update together; two updates move Adam twice.
fails: [test_last_row_of_the_utilization, test_run_on_the_task_alone, test_run_with_the_balancing_loss]
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
        optimizer.zero_grad()
        F.mse_loss(outputs, targets).backward(retain_graph=True)
        optimizer.step()
        outputs, router_probs, expert_ids = model(inputs)
        loss = balance_coefficient * load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _, _, expert_ids = model(make_batch(generator)[0])
    rows.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
    return torch.stack(rows)
