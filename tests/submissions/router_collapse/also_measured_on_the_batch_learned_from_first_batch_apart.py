"""
style: The first row has a batch of its own, drawn before the loop.
fails: [test_last_row_of_the_utilization]
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
    def shares(inputs):
        ids = model(inputs)[2].tolist()
        return [ids.count(e) / len(ids) for e in range(NUM_EXPERTS)]

    inputs, _ = make_batch(generator)
    rows = [shares(inputs)]
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        balance = load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        loss = F.mse_loss(outputs, targets) + balance_coefficient * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rows.append(shares(inputs))
    return torch.tensor(rows)
