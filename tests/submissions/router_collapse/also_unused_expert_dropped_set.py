"""
style: A loop over the experts that occur, renumbered.
fails: [test_loss_with_an_idle_expert]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    used = sorted(set(expert_ids.flatten().tolist()))
    f = torch.tensor([(expert_ids == e).float().mean().item() for e in used])
    P = router_probs.mean(dim=0)[: len(used)]
    return num_experts * (f * P).sum()


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
