"""
style: The data of the probabilities.
fails: [test_coefficient_sets_the_strength, test_collapse_without_the_loss_and_balance_with_it, test_run_with_the_balancing_loss]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    f = torch.bincount(expert_ids.flatten(), minlength=num_experts).float() / expert_ids.numel()
    return num_experts * torch.dot(f, router_probs.mean(dim=0))


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    utilization = []
    for step in range(num_steps + 1):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        utilization.append(F.one_hot(expert_ids, NUM_EXPERTS).float().mean(dim=0))
        if step == num_steps:
            break
        balance = load_balancing_loss(router_probs.data, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.stack(utilization)
