"""
style: One-hot counts in float64; the balancing loss is left out of the sum when the coefficient is 0.
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    one_hot = F.one_hot(expert_ids.reshape(len(expert_ids), -1), num_experts).double()
    f = one_hot.mean(dim=(0, 1))
    P = router_probs.double().mean(dim=0)
    return num_experts * torch.dot(f, P)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = torch.empty(num_steps + 1, 4, dtype=torch.float64)
    for step in range(num_steps + 1):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows[step] = F.one_hot(expert_ids, 4).double().mean(dim=0)
        if step < num_steps:
            optimizer.zero_grad()
            loss = F.mse_loss(outputs, targets)
            if balance_coefficient > 0:
                loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
            loss.backward()
            optimizer.step()
    return rows
