"""
misconception: The last row is missing, since the loop measures once per update.
feedback: After the last update there is one more router to look at, so there is one row more than updates.
fails: [test_last_row_of_the_utilization, test_utilization_has_one_row_more_than_updates]
likely: true
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    share = torch.bincount(expert_ids.flatten(), minlength=num_experts) / expert_ids.numel()
    return num_experts * (share * router_probs.mean(dim=0)).sum()


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    rows = []
    for _ in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        rows.append(torch.bincount(expert_ids, minlength=4) / 128)
        loss = F.mse_loss(outputs, targets)
        loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.stack(rows)
