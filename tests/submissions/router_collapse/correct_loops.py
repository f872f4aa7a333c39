"""
style: Plain loops over experts and choices, Python numbers for the counts, no tensor operations beyond the mean.
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    choices = expert_ids.reshape(-1).tolist()
    total = 0.0
    for expert in range(num_experts):
        sent = 0
        for choice in choices:
            if choice == expert:
                sent += 1
        total = total + sent / len(choices) * router_probs[:, expert].mean()
    return num_experts * total


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
        rows.append(torch.tensor([(expert_ids == e).float().mean().item() for e in range(4)]))
        loss = F.mse_loss(outputs, targets)
        loss = loss + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    inputs, _ = make_batch(generator)
    rows.append(torch.bincount(model(inputs)[2], minlength=4) / 128)
    return torch.stack(rows)
