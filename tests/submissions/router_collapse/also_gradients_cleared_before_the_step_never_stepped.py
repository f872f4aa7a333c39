"""
style: The optimizer is never told to step.
fails: [test_coefficient_sets_the_strength, test_collapse_without_the_loss_and_balance_with_it, test_last_row_of_the_utilization, test_run_on_the_task_alone, test_run_with_the_balancing_loss]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    counts = torch.stack([(expert_ids == e).sum() for e in range(num_experts)])
    fractions = counts.to(router_probs.dtype) / expert_ids.numel()
    return num_experts * torch.einsum("e,te->", fractions, router_probs) / len(router_probs)


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
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
    _, _, expert_ids = model(make_batch(generator)[0])
    rows.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
    return torch.stack(rows)
