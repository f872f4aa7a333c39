"""
style: Counts in numpy; utilization collected in an array and returned as a tensor; the loss as a matrix product.
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(
            f"router_probs: {router_probs.shape[1]} columns, num_experts={num_experts}"
        )
    counts = np.bincount(expert_ids.numpy().ravel(), minlength=num_experts)
    f = torch.from_numpy(counts / counts.sum()).to(router_probs.dtype)
    return num_experts / len(router_probs) * (router_probs @ f).sum()


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient is {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}")
    model, optimizer, generator = make_toy(seed)
    counts = np.zeros((num_steps + 1, 4))
    for t in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        counts[t] = np.bincount(expert_ids.numpy(), minlength=4)
        optimizer.zero_grad()
        F.mse_loss(outputs, targets).backward(retain_graph=True)
        (balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)).backward()
        optimizer.step()
    with torch.no_grad():
        counts[-1] = np.bincount(model(make_batch(generator)[0])[2].numpy(), minlength=4)
    return torch.tensor(counts / counts.sum(axis=1, keepdims=True), dtype=torch.float32)
