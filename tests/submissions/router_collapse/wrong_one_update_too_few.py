"""
misconception: The last update is left out, since the loop measures first and stops at the last row but one.
feedback: Row t is measured before update t, and num_steps updates lie between the first row and the last.
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
    rows = []
    for t in range(num_steps + 1):
        x, y = make_batch(generator)
        out, probs, ids = model(x)
        rows.append(torch.bincount(ids, minlength=NUM_EXPERTS) / len(ids))
        if t < num_steps - 1:
            loss = F.mse_loss(out, y) + balance_coefficient * load_balancing_loss(probs, ids, NUM_EXPERTS)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return torch.stack(rows)
