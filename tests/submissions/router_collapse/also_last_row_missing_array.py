"""
style: A numpy table, returned as it is.
fails: [test_last_row_of_the_utilization, test_utilization_has_one_row_more_than_updates]
"""


def load_balancing_loss(router_probs, expert_ids, num_experts):
    if router_probs.shape[1] != num_experts:
        raise ValueError(f"num_experts is {num_experts}, router_probs has {router_probs.shape[1]} columns")
    counts = torch.stack([(expert_ids == e).sum() for e in range(num_experts)])
    fractions = counts.to(router_probs.dtype) / expert_ids.numel()
    return num_experts * torch.einsum("e,te->", fractions, router_probs) / len(router_probs)


def train_moe(balance_coefficient, num_steps=1000, seed=0):
    if balance_coefficient < 0:
        raise ValueError(f"balance_coefficient must not be negative: {balance_coefficient}")
    if num_steps < 1:
        raise ValueError(f"num_steps must be at least 1: {num_steps}")
    model, optimizer, generator = make_toy(seed)
    table = np.zeros((num_steps, NUM_EXPERTS))
    for t in range(num_steps):
        inputs, targets = make_batch(generator)
        outputs, router_probs, expert_ids = model(inputs)
        table[t] = np.bincount(expert_ids.numpy(), minlength=NUM_EXPERTS) / NUM_TOKENS
        loss = F.mse_loss(outputs, targets) + balance_coefficient * load_balancing_loss(router_probs, expert_ids, 4)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return table
