"""
misconception: After the first row, each row is measured after an update on the batch just learned from.
feedback: Row t shows batch t before anything is learned from it; a batch that the model has just learned from no longer shows how it treats new tokens.
fails: [test_last_row_of_the_utilization]
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
    for step in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        if step == 0:
            rows.append(torch.bincount(expert_ids, minlength=4) / 128)
        loss = F.mse_loss(outputs, targets)
        loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rows.append(torch.bincount(model(inputs)[2], minlength=4) / 128)
    return torch.stack(rows)
