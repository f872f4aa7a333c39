"""
style: The row is measured at the end of the loop body, num_steps + 1 times.
fails: [test_first_row_of_the_utilization, test_last_row_of_the_utilization]
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
    rows = []
    for _ in range(num_steps + 1):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        loss = F.mse_loss(outputs, targets)
        loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, NUM_EXPERTS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        _, _, expert_ids = model(inputs)
        rows.append(torch.bincount(expert_ids, minlength=NUM_EXPERTS) / len(expert_ids))
    return torch.stack(rows)
