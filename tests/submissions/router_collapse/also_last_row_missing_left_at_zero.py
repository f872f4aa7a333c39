"""
style: The table has the row, and nobody fills it.
fails: [test_last_row_of_the_utilization, test_run_on_the_task_alone, test_utilization_has_one_row_more_than_updates]
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
    table = torch.zeros(num_steps + 1, NUM_EXPERTS)
    for t in range(num_steps):
        x, y = make_batch(generator)
        out, probs, ids = model(x)
        table[t] = torch.bincount(ids, minlength=NUM_EXPERTS) / NUM_TOKENS
        loss = F.mse_loss(out, y) + balance_coefficient * load_balancing_loss(probs, ids, NUM_EXPERTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table
